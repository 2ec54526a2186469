import { finding, orFine, unseen } from "@rackway/schema";
import type { Finding } from "@rackway/schema";

import type { JudgedHost, KernelSight } from "./host-sight.ts";

/** Kernel parameters that nobody sets for good, and tables that fill. */
export function checkKernel({ wanted, kernel }: JudgedHost): Finding[] {
  const place = { check: "kernel", subject: `host/${wanted.host.name}` };
  if (!kernel.isSeen) return [unseen(place, "the kernel's parameters", kernel.why)];
  const { anycast } = wanted;
  const links = anycast?.interfaces ?? [];
  const found = [
    ...links.flatMap((link) => judgeLink(place, link, kernel.value)),
    ...(anycast !== null && kernel.value.sysctls["net.ipv6.conf.all.forwarding"] === "0"
      ? [finding(place, "sysctl-not-forwarding", { key: "net.ipv6.conf.all.forwarding", value: 0 })]
      : []),
    ...judgeHashPolicy(place, wanted, kernel.value),
    ...judgeTables(place, kernel.value),
  ];
  return orFine(place, found, "forwarding and path filtering fit, and no table is nearly full");
}

type Place = { readonly check: string; readonly subject: string };

function judgeLink(place: Place, link: string, { sysctls }: KernelSight): Finding[] {
  const key = (name: string): string => `net.ipv4.conf.${link.replaceAll(".", "/")}.${name}`;
  // The greater of the two counts (ip-sysctl.rst).
  const values = [sysctls[key("rp_filter")], sysctls["net.ipv4.conf.all.rp_filter"]].map((value) => Number(value ?? 0));
  return [
    ...(Math.max(...values) === 1
      ? [
          finding(
            place,
            "sysctl-strict",
            { interface: link, key: key("rp_filter") },
            { seen: `rp_filter: ${values[0]}, of all: ${values[1]}` },
          ),
        ]
      : []),
    ...(sysctls[key("forwarding")] === "0" ? [finding(place, "sysctl-not-forwarding", { key: key("forwarding"), value: 0 })] : []),
  ];
}

function judgeHashPolicy(place: Place, { anycast }: JudgedHost["wanted"], { sysctls }: KernelSight): Finding[] {
  return ([4, 6] as const).flatMap((family) => {
    const count = (anycast?.gateways ?? []).filter((gateway) => gateway.family === family).length;
    const key = `net.ipv${family}.fib_multipath_hash_policy`;
    return count > 1 && sysctls[key] === "0" ? [finding(place, "hash-policy", { key, count })] : [];
  });
}

function judgeTables(place: Place, { sysctls, neighbors }: KernelSight): Finding[] {
  const tables = [
    { table: "IPv4 neighbour table", key: "net.ipv4.neigh.default.gc_thresh3", count: neighbors[4] },
    { table: "IPv6 neighbour table", key: "net.ipv6.neigh.default.gc_thresh3", count: neighbors[6] },
    { table: "connection table", key: "net.netfilter.nf_conntrack_max", count: Number(sysctls["net.netfilter.nf_conntrack_count"] ?? 0) },
  ];
  return tables.flatMap(({ table, key, count }) => {
    const limit = Number(sysctls[key] ?? 0);
    return limit > 0 && count >= limit * 0.8 ? [finding(place, "kernel-table-full", { table, key, count, limit, raised: limit * 4 })] : [];
  });
}

import { observeSysctl } from "@rackway/linux";
import type { CommandRunner, LinkObservation } from "@rackway/linux";
import type { Family, HostState } from "@rackway/schema";

import type { Gateway, GatewaySight, KernelSight } from "./host-sight.ts";
import { reasonOfResult } from "./host-sight.ts";

/** Keys by which the kernel lets through, drops or spreads what service addresses need, and its tables' limits. Pure. */
export function kernelKeys({ anycast }: HostState): string[] {
  const links = (anycast?.interfaces ?? []).map((name) => name.replaceAll(".", "/"));
  return [
    ...links.flatMap((link) => [`net.ipv4.conf.${link}.rp_filter`, `net.ipv4.conf.${link}.forwarding`]),
    ...(anycast === null ? [] : ["net.ipv4.conf.all.rp_filter", "net.ipv6.conf.all.forwarding"]),
    "net.ipv4.fib_multipath_hash_policy",
    "net.ipv6.fib_multipath_hash_policy",
    "net.ipv4.neigh.default.gc_thresh3",
    "net.ipv6.neigh.default.gc_thresh3",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
  ];
}

export async function lookAtKernel(run: CommandRunner, keys: readonly string[]): Promise<KernelSight> {
  const values = await Promise.all(keys.map(async (key) => [key, await observeSysctl(key)] as const));
  const [ipv4, ipv6] = await Promise.all([countNeighbors(run, 4), countNeighbors(run, 6)]);
  return { sysctls: Object.fromEntries(values), neighbors: { 4: ipv4, 6: ipv6 } };
}

async function countNeighbors(run: CommandRunner, family: Family): Promise<number> {
  const result = await run(["ip", `-${family}`, "-json", "neigh", "show", "nud", "all"]);
  if (result.code !== 0) throw new Error(reasonOfResult(result));
  return (JSON.parse(result.stdout || "[]") as unknown[]).length;
}

/** Next hops that this host depends on, each once. Pure. */
export function gatewaysOf({ defaultRoutes, anycast }: HostState): Gateway[] {
  const all = [
    ...defaultRoutes.map(({ family, via, device }) => ({ family, via, device, purpose: "this host's way out" })),
    ...(anycast?.gateways ?? []).map(({ family, via, device }) => ({
      family,
      via,
      device,
      purpose: "the way of the service addresses' replies",
    })),
  ];
  return [...new Map(all.map((gateway) => [`${gateway.via} ${gateway.device}`, gateway])).values()];
}

/** More would take longer than it tells. */
const gatewaysAtMost = 16;

/** Each gateway by a small packet and by one of the link's size that must not be fragmented (ping(8)). */
export async function lookAtGateways(
  run: CommandRunner,
  gateways: readonly Gateway[],
  links: readonly LinkObservation[],
): Promise<GatewaySight[]> {
  return Promise.all(
    gateways.slice(0, gatewaysAtMost).map(async (gateway): Promise<GatewaySight> => {
      const { family, via, device } = gateway;
      const mtu = links.find(({ name }) => name === device)?.mtu ?? 1500;
      // IP and ICMP headers.
      const largest = mtu - (family === 4 ? 28 : 48);
      const [small, large] = await Promise.all([ping(run, gateway, 56), ping(run, gateway, largest)]);
      const isNeighbor = small || large || (await isInNeighborTable(run, family, via, device));
      return { ...gateway, mtu, answersSmall: small, answersLarge: large, isNeighbor };
    }),
  );
}

async function ping(run: CommandRunner, { family, via, device }: Gateway, size: number): Promise<boolean> {
  const options = ["-n", "-q", "-c", "2", "-i", "0.2", "-W", "1", "-M", "do", "-s", String(size), "-I", device];
  const result = await run(["ping", `-${family}`, ...options, via], { timeoutMs: 3_000 });
  if (result.code === 127) throw new Error("ping(8) is not installed (`apt-get install iputils-ping`)");
  return result.code === 0;
}

async function isInNeighborTable(run: CommandRunner, family: Family, via: string, device: string): Promise<boolean> {
  const { code, stdout } = await run(["ip", `-${family}`, "-json", "neigh", "show", "to", via, "dev", device]);
  if (code !== 0) return false;
  const entries = JSON.parse(stdout || "[]") as readonly { readonly lladdr?: string; readonly state?: readonly string[] }[];
  return entries.some(({ lladdr, state }) => lladdr !== undefined && !(state ?? []).includes("FAILED"));
}

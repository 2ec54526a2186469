import type { LabPlan } from "./plan.ts";

/** Bits of `fib_multipath_hash_fields` (Linux, ip-sysctl.rst). */
const sourceAddress = 0x01;
const destinationAddress = 0x02;
const protocol = 0x04;
const sourcePort = 0x10;
const destinationPort = 0x20;

/** What tells clients' flows apart is in all of them; towards one service address, what is left out is the same in every flow. */
const choices = [0, protocol, destinationAddress, protocol | destinationAddress].flatMap((without) => [
  (sourceAddress | destinationAddress | protocol | sourcePort | destinationPort) & ~without,
  (sourceAddress | destinationAddress | protocol | sourcePort) & ~without,
]);

/**
 * How a router spreads flows over equal paths: by their ports, too, and not as the routers before and behind it. All routers of a lab share
 * one kernel and so the key of its hash, and with the same input (policy 1) a second tier finds every flow that the first one sent it on the
 * same side: half of its paths stay empty. Other fields give another hash. (`fib_multipath_hash_seed`, there from 6.11 on, separates
 * IPv4 only.) There are eight ways; routers further apart in the topology's list than that repeat them.
 */
export function multipathSysctls(plan: LabPlan, router: string): string[] {
  const index = plan.hosts.filter((host) => host.kind === "router").findIndex((host) => host.name === router);
  const fields = choices[index % choices.length] ?? 0;
  return ["net.ipv4", "net.ipv6"].flatMap((family) => [
    `${family}.fib_multipath_hash_policy=3`,
    `${family}.fib_multipath_hash_fields=${fields}`,
  ]);
}

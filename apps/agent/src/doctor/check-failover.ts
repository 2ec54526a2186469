import { fine, finding, orFine, unseen } from "@rackway/schema";
import type { FailoverNamespace, Finding } from "@rackway/schema";

import type { FailoverLook, JudgedHost } from "./host-sight.ts";
import { judgeChecker } from "./check-services.ts";

/** Namespaces of failover VIPs on this host: they are there with their links, whether the VIPs are or not, and their checkers speak. */
export function checkFailover({ wanted, failover }: JudgedHost): Finding[] {
  const place = { check: "failover addresses", subject: `host/${wanted.host.name}` };
  const namespaces = wanted.failover ?? [];
  if (namespaces.length === 0) return [fine(place, "this host may hold no failover addresses")];
  if (!failover.isSeen) return [unseen(place, "the namespaces of failover addresses", failover.why)];
  const found = namespaces.flatMap((namespace) => {
    const seen = failover.value.find(({ name }) => name === namespace.name);
    return seen === undefined ? [unseen(place, `the namespace ${namespace.name}`, "nobody looked")] : judge(namespace, seen);
  });
  const count = namespaces.reduce((sum, { vips }) => sum + vips.length, 0);
  return orFine(place, found, `${namespaces.length} namespaces that ${count} addresses may be in: links and checkers are there`);
}

function judge({ name, netns, vips }: FailoverNamespace, { kernel, checker }: FailoverLook): Finding[] {
  const place = { check: "failover addresses", subject: `namespace/${name}` };
  if (kernel.kind === "unknown") return [unseen(place, `the namespace ${netns}`, "ip(8) did not answer")];
  const advice = "`crm_mon -1rf` says why Pacemaker does not make it.";
  const absent = (what: string): Finding => finding(place, "service-namespace-absent", { namespace: name, netns, what, advice });
  if (kernel.kind === "no-namespace") return [absent("does not exist")];
  const devices = [...new Set(vips.map(({ device }) => device))];
  const held = vips.filter(({ address, device }) => kernel.addresses.get(device)?.has(address) === true);
  return [
    ...devices.filter((device) => !kernel.addresses.has(device)).map((device) => absent(`has no link ${device} that is up`)),
    ...judgeChecker(place, { name, netns }, checker, held.length),
  ];
}

import type { ErrorParameters } from "@rackway/errors";
import { serviceResourceIds } from "@rackway/pacemaker";
import { fine, finding, orFine, unseen } from "@rackway/schema";
import type { AnycastState, CheckedVip, Finding } from "@rackway/schema";

import type { CheckerWord } from "../checker-word.ts";
import { isDrained } from "../drain-end.ts";
import type { JudgedHost, ServiceLook } from "./host-sight.ts";

type Place = { readonly check: string; readonly subject: string };
type Namespace = AnycastState["namespaces"][number];

/** Service namespaces of this host: their bridge, addresses, routes, and what their checkers say. */
export function checkNamespaces(host: JudgedHost): Finding[] {
  const { wanted, namespaces, drift } = host;
  const { anycast } = wanted;
  const place: Place = { check: "service namespaces", subject: `host/${wanted.host.name}` };
  if (anycast === null || anycast.namespaces.length === 0)
    return [fine(place, "this host holds no service addresses, and should hold none")];
  if (!namespaces.isSeen) return [unseen(place, "the service namespaces", namespaces.why)];
  const found = [
    ...(drift.isSeen
      ? judgeBridge(place, anycast, drift.value.observation.links)
      : [unseen(place, "the bridge of the service namespaces", drift.why)]),
    ...anycast.namespaces.flatMap((namespace) => {
      const seen = namespaces.value.find(({ name }) => name === namespace.name);
      return seen === undefined
        ? [unseen(place, `the namespace ${namespace.name}`, "nobody looked")]
        : judgeNamespace(host, namespace, seen);
    }),
  ];
  const count = anycast.namespaces.reduce((sum, { vips }) => sum + vips.length, 0);
  return orFine(
    place,
    found,
    `${anycast.namespaces.length} namespaces with ${count} addresses: bridge, addresses, routes and checkers are there`,
  );
}

function judgeBridge(
  place: Place,
  { bridge, hostIpv4, hostIpv6 }: AnycastState,
  links: readonly { readonly name: string; readonly addresses: readonly { readonly address: string }[] }[],
): Finding[] {
  const has = new Set(links.find(({ name }) => name === bridge)?.addresses.map(({ address }) => address));
  const missing = [hostIpv4, hostIpv6].filter((address) => !has.has(address));
  return missing.length === 0 ? [] : [finding(place, "service-bridge-absent", { bridge, addresses: missing.join(", ") })];
}

function judgeNamespace({ wanted }: JudgedHost, namespace: Namespace, { kernel, checker }: ServiceLook): Finding[] {
  const place: Place = { check: "service namespaces", subject: `namespace/${namespace.name}` };
  const host = wanted.host.name;
  const { name, netns, vips } = namespace;
  if (kernel.kind === "unknown") return [unseen(place, `the namespace ${netns}`, "ip(8) did not answer")];
  if (kernel.kind !== "seen") return [finding(place, "service-namespace-absent", absence(namespace, kernel.kind, host))];
  const anycast = vips.filter(({ mode }) => mode === "anycast");
  // A drained host lets go of them in the end; a roaming address may be elsewhere.
  const missing = isDrained(wanted) ? [] : anycast.filter(({ address }) => !kernel.addresses.has(address));
  const held = vips.filter(({ address }) => kernel.addresses.has(address));
  const without = held.filter(({ address }) => !kernel.routed.has(address));
  const [absent, unrouted] = [missing[0], without[0]];
  return [
    ...(absent === undefined
      ? []
      : [
          finding(place, "service-addresses-absent", {
            ...{ count: missing.length, all: anycast.length, namespace: name, netns, first: absent.address, host },
          }),
        ]),
    ...(unrouted === undefined
      ? []
      : [finding(place, "service-routes-absent", { count: without.length, namespace: name, first: unrouted.address, host })]),
    ...judgeChecker(place, namespace, checker, held.length),
  ];
}

function absence({ name, netns, existing }: Namespace, kind: "no-namespace" | "no-link", host: string): AbsenceWords {
  const what = kind === "no-namespace" ? "does not exist" : "has no link rw-vip that is up";
  const advice = existing
    ? `It is somebody else's: start what makes it (the container), then \`crm_resource --refresh -N ${host}\`.`
    : "`crm_mon -1rf` says why Pacemaker does not make it.";
  return { namespace: name, netns, what, advice };
}

type AbsenceWords = ErrorParameters<"service-namespace-absent">;

export function judgeChecker(
  place: Place,
  { name, netns }: Pick<Namespace, "name" | "netns">,
  checker: CheckerWord,
  held: number,
): Finding[] {
  // Of what is not held, a checker knows nothing, and need not.
  if (checker.kind === "heard") return [...checker.vips.values()].flatMap((vip) => judgeVip(vip, netns));
  const resource = serviceResourceIds({ name }).check;
  return held === 0 ? [] : [finding(place, "checker-silent", { namespace: name, resource, how: checker.reason })];
}

function judgeVip({ vip, address, health, reason, since, announced, held }: CheckedVip, netns: string): Finding[] {
  const place: Place = { check: "health", subject: `vip/${vip}` };
  if (held !== null)
    return [finding(place, "vip-held-back", { address, health, announced: announced ? "announced" : "not announced", held, reason })];
  return health === "down" ? [finding(place, "vip-down-here", { address, since, reason, netns })] : [];
}

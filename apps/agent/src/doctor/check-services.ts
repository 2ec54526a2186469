import { serviceResourceIds } from "@rackway/pacemaker";
import { fine, finding, orFine, unseen } from "@rackway/schema";
import type { AnycastState, CheckedVip, Finding } from "@rackway/schema";

import type { JudgedHost, NamespaceSight } from "./host-sight.ts";

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

function judgeNamespace(host: JudgedHost, namespace: Namespace, seen: NamespaceSight): Finding[] {
  const { wanted, vipRoutes, now } = host;
  const place: Place = { check: "service namespaces", subject: `namespace/${namespace.name}` };
  const { name, netns, existing, vips } = namespace;
  if (!seen.exists) {
    const advice = existing
      ? `It is somebody else's: start what makes it (the container), then \`crm_resource --refresh -N ${wanted.host.name}\`.`
      : "`crm_mon -1rf` says why Pacemaker does not make it.";
    return [finding(place, "service-namespace-absent", { namespace: name, netns, advice })];
  }
  const isDrained = wanted.pacemaker?.nodes.some((node) => node.name === wanted.host.name && node.drained) ?? false;
  const anycast = vips.filter(({ mode }) => mode === "anycast");
  // A drained host lets go of them in the end; a roaming address may be elsewhere.
  const missing = isDrained ? [] : anycast.filter(({ address }) => !seen.addresses.has(address));
  const held = vips.filter(({ address }) => seen.addresses.has(address));
  return [
    ...(missing[0] === undefined
      ? []
      : [
          finding(place, "service-addresses-absent", {
            ...{ count: missing.length, all: anycast.length, namespace: name, netns },
            ...{ first: missing[0].address, host: wanted.host.name },
          }),
        ]),
    ...(vipRoutes.isSeen
      ? judgeRoutes(place, name, held, vipRoutes.value, wanted.host.name)
      : [unseen(place, "routes to its addresses", vipRoutes.why)]),
    ...judgeChecker(place, namespace, seen, now, held.length),
  ];
}

function judgeRoutes(place: Place, namespace: string, held: Namespace["vips"], routes: ReadonlySet<string>, host: string): Finding[] {
  const without = held.filter(({ family, address }) => !routes.has(`${address}/${family === 4 ? 32 : 128}`));
  const [first] = without;
  return first === undefined
    ? []
    : [finding(place, "service-routes-absent", { count: without.length, namespace, first: first.address, host })];
}

/** It writes every five seconds. */
const checkerOldMs = 15_000;

function judgeChecker(place: Place, { name, netns }: Namespace, { checker }: NamespaceSight, now: Date, held: number): Finding[] {
  const resource = serviceResourceIds({ name }).check;
  if (checker === null)
    return held === 0 ? [] : [finding(place, "checker-silent", { namespace: name, resource, how: "has left no status" })];
  const ageMs = now.getTime() - Date.parse(checker.at);
  const silent =
    ageMs > checkerOldMs
      ? [finding(place, "checker-silent", { namespace: name, resource, how: `was last heard ${Math.round(ageMs / 1000)} s ago` })]
      : [];
  return [...silent, ...checker.vips.flatMap((vip) => judgeVip(vip, netns))];
}

function judgeVip({ vip, address, health, reason, since, announced, held }: CheckedVip, netns: string): Finding[] {
  const place: Place = { check: "health", subject: `vip/${vip}` };
  if (held !== null)
    return [finding(place, "vip-held-back", { address, health, announced: announced ? "announced" : "not announced", held, reason })];
  return health === "down" ? [finding(place, "vip-down-here", { address, since, reason, netns })] : [];
}

import { isOurRoute } from "@rackway/linux";
import { foreignRedistribution, routeTag, spareMetric } from "@rackway/routing";
import { fine, finding, orFine, toldFinding, unseen } from "@rackway/schema";
import type { Finding, RoutingState } from "@rackway/schema";

import { stepFindings } from "./check-drift.ts";
import type { FrrSight, JudgedHost } from "./host-sight.ts";

type Place = { readonly check: string; readonly subject: string };

/** FRR and its neighbours, its configuration, and what it announces. */
export function checkRouting(host: JudgedHost): Finding[] {
  const { wanted } = host;
  const place: Place = { check: "routing", subject: `host/${wanted.host.name}` };
  if (wanted.routing === null) return [fine(place, "this host announces nothing, and should announce nothing")];
  return [...checkFrr(host, place), ...checkNeighbors(host, wanted.routing, place), ...checkAnnounced(host, wanted.routing)];
}

function checkFrr({ frr, wanted }: JudgedHost, place: Place): Finding[] {
  if (!frr.isSeen) return [unseen(place, "FRR's configuration", frr.why)];
  const { pending, problems } = frr.value;
  const found = [
    ...problems.map((problem) => toldFinding(place, problem)),
    ...stepFindings(place, pending, wanted.paused),
    ...judgeForeign(frr.value, place),
  ];
  return orFine(
    place,
    found,
    "FRR runs what is needed, and our part of its configuration is there; no line of somebody else's overrides it",
  );
}

function judgeForeign({ config, problems }: FrrSight, place: Place): Finding[] {
  // In a section of ours it is a conflict, which is told already.
  const isTold = (section: string): boolean =>
    problems.some(({ code, message }) => code === "frr-conflict" && message.includes(section) && message.includes("redistribute kernel"));
  return foreignRedistribution(config ?? [])
    .filter(({ context }) => !isTold(context[0] ?? ""))
    .map(({ context, text }) => finding(place, "frr-redistributes", { place: context.join(", "), line: text, tag: routeTag }));
}

function checkNeighbors({ routing }: JudgedHost, { bgp }: RoutingState, place: Place): Finding[] {
  if (!routing.isSeen) return [unseen(place, "FRR's neighbours", routing.why)];
  const { observation, problems } = routing.value;
  if (observation === null || observation.version === null) return [unseen(place, "FRR's neighbours", "FRR does not answer vtysh(1)")];
  const told = problems.map((problem) => toldFinding(place, problem));
  const up = observation.neighbors.filter(({ isUp }) => isUp);
  const names = up.map(({ protocol, address, routerId, interface: link }) => `${protocol} ${address ?? routerId ?? link ?? "?"}`);
  // Of BGP one session may carry both families, so it is asked by protocol.
  const alone = [...Map.groupBy(up, ({ protocol }) => protocol)].flatMap(([protocol, group]) => {
    const [only, ...more] = group;
    if (only === undefined || more.length > 0 || (protocol === "bgp" && (bgp?.neighbors.length ?? 0) > 1)) return [];
    return [finding(place, "routing-neighbor-single", { protocol, neighbor: only.address ?? only.routerId ?? only.interface ?? "?" })];
  });
  if (told.length === 0 && up.length > 0)
    return [fine(place, `${up.length} neighbours are up (FRR ${observation.version})`, names.join(", ")), ...alone];
  return [...told, ...alone, ...(told.length === 0 ? [unseen(place, "any neighbour", "FRR names none")] : [])];
}

/** Metric of the routes by which the checker says that a VIP is to be announced; told apart by it from our other routes. */
const announcementMetrics = [82, Number(spareMetric)];

/** What the checker wants announced (the main table), and what FRR announces. */
function checkAnnounced({ drift, routing, others, wanted }: JudgedHost, { announce }: RoutingState): Finding[] {
  const place: Place = { check: "announcements", subject: `host/${wanted.host.name}` };
  if (!drift.isSeen) return [unseen(place, "the main table", drift.why)];
  const observation = routing.isSeen ? routing.value.observation : null;
  if (observation === null || observation.version === null) return [unseen(place, "what FRR announces", "FRR does not answer vtysh(1)")];
  const put = new Set(
    drift.value.observation.routes.filter((route) => isOurRoute(route) && announcementMetrics.includes(route.metric)).map(({ to }) => to),
  );
  const told = new Set(observation.announced.map(({ prefix }) => prefix));
  const found = announce.flatMap(({ prefix, vip }): Finding[] => {
    const here = { check: place.check, subject: `vip/${vip}` };
    if (put.has(prefix) && !told.has(prefix)) return [finding(here, "vip-not-originated", { prefix })];
    return told.has(prefix) && !put.has(prefix) ? [finding(here, "vip-originated-without-route", { prefix })] : [];
  });
  const roaming = (wanted.anycast?.namespaces ?? []).flatMap(({ vips }) => vips.filter(({ mode }) => mode === "roaming"));
  const doubled = roaming.flatMap(({ name, family, address }): Finding[] => {
    const prefix = `${address}/${family === 4 ? 32 : 128}`;
    if (!put.has(prefix) || !others.isSeen || others.value[family]?.has(prefix) !== true) return [];
    return [finding({ check: place.check, subject: `vip/${name}` }, "vip-announced-elsewhere", { address })];
  });
  const blind = roaming.length > 0 && !others.isSeen ? [unseen(place, "what other routers announce", others.why)] : [];
  return orFine(
    place,
    [...found, ...doubled, ...blind],
    `${told.size} of ${announce.length} prefixes are announced, as the checkers want it`,
  );
}

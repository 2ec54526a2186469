import { severityInStatus } from "@rackway/errors";
import { fine, finding, orFine, sortFindings, toldFinding, unseen } from "@rackway/schema";
import type { ApiEvent, ClusterDocument, Finding, FindingPlace, Status } from "@rackway/schema";
import { renderCount, renderList } from "../words.ts";
import { type ClusterSight, eventSpanMs } from "./cluster-sight.ts";

/** One question about a cluster. Pure; never answers with nothing. */
export type ClusterCheck = (sight: ClusterSight) => Finding[];

/** All that is asked about a cluster. What several checks come to is told once. Gravest first. */
export function judgeCluster(sight: ClusterSight): Finding[] {
  const found = clusterChecks.flatMap((check) => check(sight));
  const told = new Set<string>();
  return sortFindings(
    found.filter(({ code, subject, what }) => {
      const key = code === null ? null : JSON.stringify([code, subject, what]);
      if (key === null) return true;
      const isNew = !told.has(key);
      told.add(key);
      return isNew;
    }),
  );
}

/** Checks by the kind that a problem's subject begins with. */
const checkOfKind: Readonly<Record<string, string>> = {
  router: "routers",
  vip: "vips",
  namespace: "vips",
  pacemaker: "pacemaker",
  host: "hosts",
};

/** What `status` says: each problem as it stands there; a kind without one is well. */
function checkProblems({ status }: ClusterSight): Finding[] {
  const found = status.problems.map(({ severity, code, subject, message, hint, since }): Finding => {
    const check = checkOfKind[subject.split("/")[0] ?? ""] ?? "status";
    return { ...toldFinding({ check, subject }, { code, message, hint }, severity), seen: since === null ? null : `since ${since}` };
  });
  const isFree = (kind: string): boolean => !found.some(({ check }) => check === checkOfKind[kind]);
  const counts = { router: status.routers.length, vip: status.vips.length, pacemaker: status.pacemaker.length, host: status.hosts.length };
  const well = (Object.entries(counts) as [keyof typeof counts, number][]).filter(([kind, count]) => count > 0 && isFree(kind));
  return [
    ...found,
    ...well.map(([kind, count]) =>
      fine({ check: checkOfKind[kind] ?? kind, subject: `cluster/${status.cluster}` }, wellWords(kind, count)),
    ),
  ];
}

function wellWords(kind: "router" | "vip" | "pacemaker" | "host", count: number): string {
  if (kind === "router") return `${renderCount(count, "virtual router is", "virtual routers are")} each carried by one host`;
  if (kind === "vip")
    return `${renderCount(count, "service address is", "service addresses are")} where the document has ${count === 1 ? "it" : "them"}`;
  if (kind === "pacemaker") return `${renderCount(count, "Pacemaker cluster has", "Pacemaker clusters have")} quorum and a DC`;
  return `${renderCount(count, "host reports", "hosts report")}, without a problem`;
}

function checkVersions({ status, server, hosts }: ClusterSight): Finding[] {
  const place: FindingPlace = { check: "versions", subject: `cluster/${status.cluster}` };
  if (!server.isSeen) return [unseen(place, "the server's version", server.why)];
  if (!hosts.isSeen) return [unseen(place, "the agents' versions", hosts.why)];
  const { version } = server.value;
  const others = hosts.value.flatMap(({ name, agentVersion }) =>
    agentVersion === null || agentVersion === version
      ? []
      : [finding({ check: "versions", subject: `host/${name}` }, "host-version-differs", { version: agentVersion, server: version })],
  );
  return orFine(place, others, `server and agents are version ${version}`);
}

function checkTokens({ status, hosts }: ClusterSight): Finding[] {
  const place: FindingPlace = { check: "tokens", subject: `cluster/${status.cluster}` };
  if (!hosts.isSeen) return [unseen(place, "who has a token", hosts.why)];
  const without = hosts.value.filter(({ hasToken }) => !hasToken);
  return orFine(
    place,
    without.map(({ name }) => finding({ check: "tokens", subject: `host/${name}` }, "host-without-token", { host: name })),
    "every host has been given a token",
  );
}

/** Addresses that one host alone announces, or more than one that should be one host's. Announced by nobody: `status` says that. */
function checkAnnouncements({ status }: ClusterSight): Finding[] {
  const place: FindingPlace = { check: "announcements", subject: `cluster/${status.cluster}` };
  const vips = status.vips.filter(({ mode, ageMs }) => mode !== "failover" && ageMs !== null);
  if (vips.length === 0) return [fine(place, "no service address is to be announced, or none was seen")];
  const count = renderCount(vips.length, "service address is", "service addresses are");
  return orFine(place, vips.flatMap(judgeAnnouncement), `${count} announced by as many hosts as each takes`);
}

type Vip = Status["vips"][number];

function judgeAnnouncement({ name, mode, address, eligible, announcedBy, reason }: Vip): Finding[] {
  const place: FindingPlace = { check: "announcements", subject: `vip/${name}` };
  const more = reason === "" ? {} : { seen: reason };
  const [first, ...rest] = announcedBy;
  if (first === undefined) return [];
  if (mode === "roaming")
    return rest.length > 0 ? [finding(place, "vip-announced-twice", { address, hosts: renderList(announcedBy) }, more)] : [];
  if (rest.length > 0) return [];
  const others = eligible.filter((host) => host !== first);
  const words = others.length === 0 ? "" : `; ${renderList(others)} may, too`;
  return [finding(place, "vip-announced-alone", { address, host: first, others: words }, more)];
}

function checkFencing({ status }: ClusterSight): Finding[] {
  return status.pacemaker
    .filter(({ ageMs }) => ageMs !== null)
    .flatMap(({ name, fencing, takeover }) => {
      const place: FindingPlace = { check: "fencing", subject: `pacemaker/${name}` };
      if (fencing === "on") return [fine(place, "fencing is on")];
      // With `fenced` it is a problem of `status`.
      return takeover === "fenced" ? [] : [finding(place, "fencing-absent", { cluster: name })];
    });
}

/** What is there once only. */
function checkSinglePoints({ status, document }: ClusterSight): Finding[] {
  const place: FindingPlace = { check: "single points", subject: `cluster/${status.cluster}` };
  if (!document.isSeen) return [unseen(place, "the document", document.why)];
  const alone = status.pacemaker.flatMap(({ name, hosts: [host, ...others] }) =>
    host !== undefined && others.length === 0
      ? [finding({ check: "single points", subject: `pacemaker/${name}` }, "controller-single", { host })]
      : [],
  );
  const links = document.value.spec.racks.flatMap((rack) => singleLink(rack));
  return orFine(place, [...alone, ...links], "no single controller, no single link that announces");
}

function singleLink({ name, ospf, bgp }: ClusterDocument["spec"]["racks"][number]): Finding[] {
  const place: FindingPlace = { check: "single points", subject: `rack/${name}` };
  const [link, ...more] = ospf?.interfaces ?? [];
  if (link !== undefined) return more.length > 0 ? [] : [finding(place, "uplink-single", { link })];
  // One router has an address in each family.
  const neighbors = bgp?.neighbors ?? [];
  const kinds = Object.values(
    Object.groupBy(neighbors, (each) => (each.address === undefined ? "link" : each.address.includes(":") ? "6" : "4")),
  );
  const most = Math.max(0, ...kinds.map((group) => group?.length ?? 0));
  const [first] = neighbors;
  return first === undefined || most > 1 || kinds.length > 2
    ? []
    : [finding(place, "uplink-single", { link: first.address ?? first.interface ?? "?" })];
}

function checkDocument({ status, warnings }: ClusterSight): Finding[] {
  const place: FindingPlace = { check: "document", subject: `cluster/${status.cluster}` };
  if (!warnings.isSeen) return [unseen(place, "what the planner says of the document", warnings.why)];
  const found = warnings.value.map(({ code, message, hint, path }) => ({
    ...toldFinding(place, { code, message, hint }, severityInStatus(code)),
    seen: path,
  }));
  // Told by what is seen to be so.
  return orFine(
    place,
    found.filter(({ code }) => code !== "fencing-absent"),
    "the planner warns of nothing",
  );
}

/** So many of one kind within `eventSpanMs` are more than an accident. */
const repeats = 4;

function checkEvents({ status, events }: ClusterSight): Finding[] {
  const place: FindingPlace = { check: "events", subject: `cluster/${status.cluster}` };
  if (!events.isSeen) return [unseen(place, "the event log", events.why)];
  const groups = Map.groupBy(events.value, ({ kind, subject }) => `${kind} ${subject}`);
  const found = [...groups.values()].flatMap((group) => (group.length < repeats ? [] : judgeRepeating(group)));
  return orFine(
    place,
    found,
    `nothing comes and goes: ${renderCount(events.value.length, "grave event")} within ${eventSpanMs / 60_000} minutes`,
  );
}

function judgeRepeating(group: readonly ApiEvent[]): Finding[] {
  const last = group.at(-1);
  if (last === undefined) return [];
  const { kind, subject, reason, at } = last;
  const parameters = { kind, subject, count: group.length, minutes: eventSpanMs / 60_000, reason };
  return [finding({ check: "events", subject }, "events-repeating", parameters, { seen: `last at ${at}` })];
}

const clusterChecks: readonly ClusterCheck[] = [
  checkProblems,
  checkFencing,
  checkAnnouncements,
  checkVersions,
  checkTokens,
  checkSinglePoints,
  checkDocument,
  checkEvents,
];

import { allVips, vipOwner } from "@rackway/ipam";
import type { VipCheck, VipFacts } from "@rackway/planner";
import { findVipProblems, healthOf, isHeard, vipSurroundings } from "@rackway/planner";
import type { Status, VipDetail, VipSpec, VipView, VirtualRouterSpec } from "@rackway/schema";

import type { CurrentView } from "./current-view.ts";
import { families } from "./families.ts";
import { problemClusters, routerReservations } from "./status.ts";
import { foreseeLoss } from "./vip-outlook.ts";
import { reservedAddresses } from "./vip-status.ts";

/** A status, and what it was made of. */
export interface VipSources {
  readonly view: CurrentView;
  readonly status: Status;
  readonly facts: readonly VipFacts[];
}

/** The pairs of the routers and the service VIPs, by name. */
export function vipViews(sources: VipSources): VipView[] {
  return [...routerVips(sources), ...serviceVips(sources)].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** Undefined: there is no such VIP. */
export function vipDetail(sources: VipSources, name: string): VipDetail | undefined {
  const { spec, metadata } = sources.view.current?.document ?? {};
  const cluster = metadata?.name ?? "";
  const vip = [...routerVips(sources), ...serviceVips(sources, name)].find((each) => each.name === name);
  if (spec === undefined || vip === undefined) return undefined;
  const own = sources.facts.filter((each) => each.name === name);
  const rows = vip.router === null ? own.flatMap(hostsOfService) : hostsOfPair(vip, sources.status);
  const hosts = [...Map.groupBy(rows, ({ host }) => host).values()].flat();
  return {
    ...vip,
    check: checkInWords(
      spec.vips.find((each) => each.name === name),
      cluster,
    ),
    hosts,
    ifHostGoes: foreseeLoss(vip, hosts, sources),
  };
}

function routerVips({ view, status }: VipSources): VipView[] {
  const { virtualRouters = [], hosts = [] } = view.current?.document.spec ?? {};
  return virtualRouters.flatMap((router) => {
    const seen = status.routers.find(({ name }) => name === router.name);
    const held = Map.groupBy(routerReservations(router, view), ({ name }) => name);
    const problems = status.problems.filter(({ subject }) => subject === `router/${router.name}`).map(withoutSubject);
    return [...held].map(([pair, members]) => ({
      name: `${router.name}/${pair}`,
      mode: "failover" as const,
      router: router.name,
      namespace: `rw-${router.name}`,
      scope: members[0]?.scope ?? "",
      addresses: members.map(({ family, reservation }) => ({
        family,
        address: reservation.value,
        isUserDefined: reservation.isUserDefined,
        owners: seen?.vips.find(({ address }) => address === reservation.value)?.owners ?? [],
        announcedBy: [],
        health: null,
        reason: null,
        ageMs: seen?.ageMs ?? null,
      })),
      eligible: controllersOf(router, hosts),
      problems,
    }));
  });
}

function controllersOf(
  { rack }: Pick<VirtualRouterSpec, "rack">,
  hosts: readonly { readonly name: string; readonly rack: string; readonly role: string }[],
): string[] {
  return hosts
    .filter((host) => host.rack === rack && host.role === "controller")
    .map(({ name }) => name)
    .sort();
}

/** All of them, or the one of a name. */
function serviceVips({ view, status, facts }: VipSources, name: string | null = null): VipView[] {
  if (view.current === null) return [];
  const reserved = reservedAddresses(view.current);
  const rows = new Map(status.vips.map((row) => [`${row.name} ${row.family}`, row]));
  const factsOf = Map.groupBy(facts, (each) => each.name);
  const problemsOf = problemsByVip(view, status);
  const vips = allVips(view.current.document).filter((vip) => name === null || vip.name === name);
  return vips.map((vip) => {
    const found = families.flatMap((family) => {
      const reservation = reserved.get(vipOwner(vip.name, family));
      const row = rows.get(`${vip.name} ${family}`);
      return reservation === undefined || row === undefined ? [] : [{ reservation, row }];
    });
    return {
      name: vip.name,
      mode: vip.mode,
      router: null,
      namespace: vip.namespace,
      scope: found[0]?.reservation.scope ?? "",
      addresses: found.map(({ reservation, row: { family, address, owners, announcedBy, health, reason, ageMs } }) => {
        return { family, address, isUserDefined: reservation.isUserDefined, owners, announcedBy, health, reason, ageMs };
      }),
      eligible: found[0]?.row.eligible ?? [],
      problems: problemsOf(factsOf.get(vip.name) ?? []),
    };
  });
}

/** What is wrong with one VIP by itself; in a status, many that are alike are one line. */
function problemsByVip(view: CurrentView, status: Status): (facts: readonly VipFacts[]) => VipView["problems"] {
  const since = new Map(status.problems.map((problem) => [`${problem.code} ${problem.subject}`, problem.since]));
  return (facts) => {
    const inNamespace = `namespace/${facts[0]?.namespace ?? ""}`;
    const surroundings = vipSurroundings(status, {
      clusters: problemClusters(view),
      since: (code, subject) => {
        const key = since.has(`${code} ${subject}`) ? `${code} ${subject}` : `${code} ${inNamespace}`;
        return since.has(key) ? (since.get(key) ?? null) : status.observedAt;
      },
    });
    return findVipProblems(facts, surroundings).map(withoutSubject);
  };
}

function withoutSubject({ severity, code, message, hint }: Status["problems"][number]): VipView["problems"][number] {
  return { severity, code, message, hint };
}

function hostsOfService({ address, hosts }: VipFacts): VipDetail["hosts"] {
  return hosts.map((each) => {
    const { host, state, held, announced, health, reason, hold, since, ageMs, backends } = each;
    // What it said last is shown, with its age; what it would say now is not known.
    const now = isHeard(each) ? { held, announced, health } : { held: null, announced: null, health: null };
    return { host, state, address, ...now, reason, hold, since, ageMs, ...(backends === undefined ? {} : { backends }) };
  });
}

function hostsOfPair(vip: VipView, { hosts }: Status): VipDetail["hosts"] {
  const controllers = hosts.filter(({ name }) => vip.eligible.includes(name));
  return vip.addresses.flatMap(({ address, owners }) =>
    controllers.map(({ name, online, agent, drained, ageMs }) => {
      const state = agent === "ok" ? (drained ? ("drained" as const) : ("ok" as const)) : online ? agent : ("offline" as const);
      const held = agent === "ok" ? owners.includes(name) : null;
      return { host: name, state, address, held, announced: null, health: null, reason: null, hold: null, since: null, ageMs };
    }),
  );
}

/** `http on port 8080, path /: every 500 ms, at most 200 ms; up after 2, down after 2`. Null: there is no check. */
function checkInWords(vip: VipSpec | undefined, cluster: string): string | null {
  const check = vip === undefined ? undefined : healthOf(vip, cluster);
  if (vip === undefined || check === undefined) return null;
  const { intervalMs, timeoutMs, rise, fall } = check.times;
  const last =
    vip.mode === "failover"
      ? "it moves where another host is better"
      : vip.withdrawLast
        ? "withdrawn also where nobody else announces it"
        : "the last announcement stays";
  const what = [...questionsInWords(check.questions)].join(" and ");
  return `${what}: every ${intervalMs} ms, answer within ${timeoutMs} ms; up after ${rise} good, down after ${fall} bad; ${last}`;
}

function* questionsInWords({ tcp, http, https, dns, ntp, command, proxy }: VipCheck["questions"]): Generator<string> {
  if (tcp !== undefined) yield `tcp on port ${tcp.port}`;
  if (http !== undefined) yield `http on port ${http.port}, path ${http.path}`;
  if (https !== undefined) yield `https on port ${https.port}, path ${https.path}`;
  if (proxy !== undefined) yield "its proxy, whether each frontend has a backend that answers";
  if (dns !== undefined) yield `dns on port ${dns.port}, ${dns.name} ${dns.type}`;
  if (ntp !== undefined) yield `ntp on port ${ntp.port}, stratum up to ${ntp.maxStratum}`;
  if (command !== undefined) yield `command ${command.name}`;
}

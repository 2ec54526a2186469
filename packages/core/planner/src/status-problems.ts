import { issue, severityInStatus } from "@rackway/errors";
import type { ErrorCode, ErrorParameters } from "@rackway/errors";
import type { Status, StatusProblem } from "@rackway/schema";

import type { VipFacts } from "./vip-facts.ts";
import { listed } from "./vip-facts.ts";
import { findVipProblems } from "./vip-problems.ts";
import type { VipSurroundings } from "./vip-problems.ts";

/** A status before anybody has judged it. */
export type StatusFacts = Omit<Status, "problems">;

/** What an agent says is wrong on its own host. */
export interface ToldProblem {
  readonly host: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface ProblemSources {
  /** Whose routers stand on whose quorum. */
  readonly clusters: readonly { readonly name: string; readonly racks: readonly string[]; readonly controllers: readonly string[] }[];
  readonly told: readonly ToldProblem[];
  /** Service VIPs, with what each host says of them. */
  readonly vips: readonly VipFacts[];
  /** Where a router runs by the word of Pacemaker, on hosts that do not speak for themselves. */
  readonly runsByWord: (router: string) => string | null;
  /** Hosts in whose name somebody was refused and nobody has been let in since: since when. */
  readonly refused: ReadonlyMap<string, string>;
  /** When the host was last heard of. */
  readonly heardAt: (host: string) => string | null;
  /** Since when there is this problem; null: longer than anybody has looked. */
  readonly since: (code: string, subject: string) => string | null;
  /** One host's own view, which cannot see the agents of others. */
  readonly isLocal: boolean;
}

/** Older than this, an observation says what was, not what is. */
const oldMs = 15_000;
/** After an apply, hosts converge within seconds. */
const convergingMs = 2 * 60_000;
const forgottenPauseMs = 24 * 3_600_000;

/** From here on somebody must know; from there on connections fail already, or will within minutes. */
const shortPercent = 80;
const cutPercent = 95;

const percentOf = (used: number, limit: number): number => Math.floor((100 * used) / limit);

const ranks = { critical: 0, warning: 1, info: 2 } as const;

/**
 * Everything in a status that is not as it should be: one list for the API, the table and `--local`. Pure. Gravest first; a router before
 * what it stands on. A cause is told once: what follows from a host that is gone, from lost quorum or from an election is left out.
 */
export function findProblems(facts: StatusFacts, sources: ProblemSources): StatusProblem[] {
  const judge = new Judge(facts, sources);
  const found = [
    ...facts.routers.flatMap((router) => judge.router(router)),
    ...findVipProblems(sources.vips, vipSurroundings(facts, sources)),
    ...facts.pacemaker.flatMap((cluster) => judge.pacemaker(cluster)),
    ...facts.hosts.flatMap((host) => judge.host(host)),
    ...judge.revision(),
  ];
  return found.sort((left, right) => ranks[left.severity] - ranks[right.severity]);
}

/** What of a status the judgement of its VIPs needs; for those of one VIP alone, too. */
export function vipSurroundings(
  facts: Pick<StatusFacts, "hosts" | "pacemaker" | "observedAt">,
  sources: Pick<ProblemSources, "clusters" | "since">,
): VipSurroundings {
  return {
    isAnyoneHeard: facts.hosts.some(({ agent }) => agent === "ok"),
    whyNoOwner: (hosts) => {
      const own = sources.clusters.filter(({ controllers }) => hosts.some((host) => controllers.includes(host)));
      const lost = own.filter(({ name }) => facts.pacemaker.find((each) => each.name === name)?.quorate === false);
      return own.length > 0 && lost.length === own.length ? `Pacemaker cluster ${lost[0]?.name ?? ""} has no quorum` : "";
    },
    since: sources.since,
    nowMs: Date.parse(facts.observedAt),
  };
}

type Router = StatusFacts["routers"][number];
type Pacemaker = StatusFacts["pacemaker"][number];
type Host = StatusFacts["hosts"][number];

class Judge {
  readonly #facts: StatusFacts;
  readonly #sources: ProblemSources;
  /** Hosts that have a vote in a cluster which lacks quorum, a DC or a router: what their agents wait for follows from that. */
  readonly #waiting: ReadonlySet<string>;

  constructor(facts: StatusFacts, sources: ProblemSources) {
    this.#facts = facts;
    this.#sources = sources;
    const isAmiss = (racks: readonly string[], cluster: Pacemaker | undefined): boolean =>
      cluster?.quorate === false ||
      cluster?.dc === null ||
      facts.routers.some((router) => racks.includes(router.rack) && router.vips.some(({ owners }) => owners.length !== 1));
    this.#waiting = new Set(
      sources.clusters.flatMap(({ name, racks, controllers }) =>
        isAmiss(
          racks,
          facts.pacemaker.find((each) => each.name === name),
        )
          ? controllers
          : [],
      ),
    );
  }

  router(router: Router): StatusProblem[] {
    const subject = `router/${router.name}`;
    // Of a roaming router its VIPs tell all.
    if (router.racks !== undefined) return [];
    if (router.vips.length === 0) return this.#routerWithoutVips(router);
    if (router.ageMs === null) {
      const isHeard = this.#facts.hosts.some(({ rack, role, agent }) => rack === router.rack && role === "controller" && agent === "ok");
      return isHeard
        ? [this.#problem("router-without-host", subject, { because: ": its controllers report, and none knows it yet" })]
        : [this.#problem("router-unseen", subject, {})];
    }
    const problems = this.#routerOwners(router);
    if (router.connectionSync?.inStep === false && router.active !== null)
      problems.push(this.#problem("router-not-in-step", subject, { router: router.name }));
    problems.push(...this.#shortages(router));
    for (const service of ["dns", "ntp"] as const)
      if (router[service]?.healthy === false)
        problems.push(this.#problem("router-services-silent", subject, { service: service === "dns" ? "name service" : "time service" }));
    if (router.ageMs > oldMs) problems.push(this.#problem("observation-old", subject, {}));
    return problems;
  }

  /** What will cut new connections when it runs out. */
  #shortages({ name, active, connections }: Router): StatusProblem[] {
    if (active === null || !connections) return [];
    const subject = `router/${name}`;
    const { entries, limit, ports } = connections;
    const found = (percent: number, problem: StatusProblem): StatusProblem[] =>
      percent < shortPercent ? [] : [percent < cutPercent ? problem : { ...problem, severity: "critical" }];
    const full = limit === null ? 0 : percentOf(entries, limit);
    return [
      ...found(full, this.#problem("router-connections-many", subject, { percent: full, host: active, entries, limit: limit ?? 0 })),
      ...ports.flatMap(({ family, used, limit: most }) => {
        const percent = percentOf(used, most);
        return found(percent, this.#problem("router-ports-many", subject, { percent, family, used, limit: most, host: active }));
      }),
    ];
  }

  #routerWithoutVips(router: Router): StatusProblem[] {
    const controller = this.#facts.hosts.find(({ rack, role }) => rack === router.rack && role === "controller");
    if (router.active !== null || controller === undefined) return [];
    if (controller.agent === "absent") return [this.#problem("router-unseen", `router/${router.name}`, {})];
    return [this.#problem("router-unsettled", `router/${router.name}`, { host: controller.name })];
  }

  #routerOwners({ name, rack, vips }: Router): StatusProblem[] {
    const subject = `router/${name}`;
    const carriers = [...new Set(vips.flatMap(({ owners }) => owners))];
    if (carriers.length === 0) {
      const host = this.#sources.runsByWord(name);
      if (host !== null) return [this.#problem("router-by-word", subject, { host })];
      const cluster = this.#sources.clusters.find(({ racks }) => racks.includes(rack))?.name ?? "";
      const isQuorate = this.#facts.pacemaker.find((each) => each.name === cluster)?.quorate ?? true;
      const because = isQuorate ? "" : `: Pacemaker cluster ${cluster} has no quorum`;
      return [this.#problem("router-without-host", subject, { because })];
    }
    const problems = vips.flatMap((vip) => this.#owners(subject, vip.address, vip.owners));
    return problems.length === 0 && carriers.length > 1
      ? [this.#problem("router-pair-split", subject, { hosts: listed(carriers) })]
      : problems;
  }

  #owners(subject: string, address: string, owners: readonly string[]): StatusProblem[] {
    if (owners.length === 1) return [];
    if (owners.length > 1) return [this.#problem("vip-owned-twice", subject, { address, count: owners.length, hosts: listed(owners) })];
    return [this.#problem("vip-without-owner", subject, { address, because: "" })];
  }

  pacemaker(cluster: Pacemaker): StatusProblem[] {
    const subject = `pacemaker/${cluster.name}`;
    const settings = this.#sources.clusters.find(({ name }) => name === cluster.name);
    // Its routers, which nobody sees either, say it already.
    const isTold = this.#facts.routers.some(({ rack, ageMs, vips }) => settings?.racks.includes(rack) && ageMs === null && vips.length > 0);
    if (cluster.ageMs === null) return isTold ? [] : [this.#problem("pacemaker-unseen", subject, {})];
    if (!cluster.quorate) return [this.#problem("pacemaker-without-quorum", subject, {})];
    return [
      ...(cluster.dc === null ? [this.#problem("pacemaker-without-dc", subject, {})] : []),
      ...(cluster.takeover === "fenced" && cluster.fencing === "off" ? [this.#problem("fencing-off", subject, {})] : []),
    ];
  }

  /** The current revision, where it must be confirmed. */
  revision(): StatusProblem[] {
    const { unconfirmed } = this.#facts;
    if (!unconfirmed) return [];
    const { revision, base, deadline } = unconfirmed;
    return [this.#problem("revision-waits", `revision/${revision}`, { deadline, base })];
  }

  host(host: Host): StatusProblem[] {
    return [...this.#presence(host), ...this.#told(host), ...this.#flags(host)];
  }

  /** What one line says of a host that is not there: never more than one. */
  #presence({ name, online, agent, ageMs }: Host): StatusProblem[] {
    const subject = `host/${name}`;
    const heardAt = this.#sources.heardAt(name);
    const refusedSince = this.#sources.refused.get(name);
    if (refusedSince !== undefined) return [this.#problem("token-refused", subject, { host: name }, refusedSince)];
    if (!online) {
      const how =
        agent === "ok"
          ? "by its peers' word; its agent was heard a moment ago: it is cut off from them, or has gone just now"
          : "not heard of";
      return [this.#problem("host-offline", subject, { how }, agent === "ok" ? null : heardAt)];
    }
    if (agent === "ok" || (this.#sources.isLocal && ageMs === null)) return [];
    return [this.#problem(agent === "stale" ? "agent-stale" : "agent-absent", subject, {}, heardAt)];
  }

  #told(host: Host): StatusProblem[] {
    const subject = `host/${host.name}`;
    const told = this.#sources.told.filter((problem) => problem.host === host.name);
    const worth = told.filter(({ code }) => !(this.#waiting.has(host.name) && consequences.has(code)));
    if (worth.length > 0)
      return worth.map(({ code, message, hint }) => ({
        severity: code === "uplink-lost" && this.#carriesRouter(host.name) ? "critical" : severityInStatus(code),
        code,
        subject,
        message,
        hint,
        since: this.#sources.since(code, subject),
      }));
    const isExplained = told.length > 0 || this.#waiting.has(host.name) || host.paused || host.agent !== "ok" || !host.online;
    if (host.converged !== false || isExplained) return [];
    const problem = this.#problem("host-not-converged", subject, { host: host.name });
    const isLong = problem.since === null ? !this.#sources.isLocal : this.#isOlder(problem.since, convergingMs);
    return [isLong ? { ...problem, severity: "warning" } : problem];
  }

  /** Then what its uplink lacks, its members lack: Pacemaker has found no better host. */
  #carriesRouter(host: string): boolean {
    return this.#facts.routers.some(({ active }) => active === host);
  }

  #flags(host: Host): StatusProblem[] {
    const subject = `host/${host.name}`;
    const problems: StatusProblem[] = [];
    if (host.paused) {
      const word = host.pause ?? null;
      const problem = this.#problem("host-paused", subject, { host: host.name, why: whyOf(word) }, word?.since);
      const isForgotten = word !== null && this.#isOlder(word.since, forgottenPauseMs);
      problems.push(isForgotten ? { ...problem, severity: "warning" } : problem);
    }
    if (host.drained) {
      const word = host.drain ?? null;
      problems.push(this.#problem("host-drained", subject, { host: host.name, why: whyOf(word) }, word?.since));
    }
    return problems;
  }

  #isOlder(since: string, ms: number): boolean {
    return Date.parse(this.#facts.observedAt) - Date.parse(since) > ms;
  }

  #problem<Code extends ErrorCode>(
    code: Code,
    subject: string,
    parameters: ErrorParameters<Code>,
    since: string | null = this.#sources.since(code, subject),
  ): StatusProblem {
    const { message, hint } = issue(code, parameters);
    return { severity: severityInStatus(code), code, subject, message, hint, since };
  }
}

/** What every controller's agent says while its Pacemaker cluster, or a router of it, is not as it should be. */
const consequences: ReadonlySet<string> = new Set(["quorum-missing", "cib-waiting", "router-not-running", "router-incomplete"]);

function whyOf(word: Host["pause"]): string {
  if (!word) return "";
  return ` (by ${word.by}${word.reason === "" ? "" : `: ${word.reason}`})`;
}

import { rackwayError } from "@rackway/errors";
import type { VipFacts } from "@rackway/planner";
import type { AgentEvents, HostReport, Status } from "@rackway/schema";

import type { ControlPlane } from "./control-plane.ts";
import { ProblemWatch } from "./problem-watch.ts";
import { absentAfterMs, buildStatus, freshnessOf, staleAfterMs, vipsOnHosts } from "./status.ts";
import type { Freshness, StatusInput } from "./status.ts";

/** Hosts that were asked whether they still hold what another host claims: when. */
export type ClaimChecks = Map<string, number>;

const askAgainAfterMs = 1000;

/** What the agents tell: taken in, compared with what others told, and turned into a status. */
export class Observations {
  readonly #plane: ControlPlane;
  readonly #checks: ClaimChecks = new Map();
  readonly #freshness = new Map<string, Freshness>();
  readonly #problems = new ProblemWatch();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  status(): Status {
    return buildStatus(this.#input());
  }

  /** What the hosts say of each address of a service VIP, beside a status of the same moment. */
  vipsOnHosts(status: Pick<Status, "hosts">): VipFacts[] {
    return vipsOnHosts(this.#input(), status);
  }

  #input(): StatusInput {
    const { view, reports, nowMs, routers } = this.#plane;
    const now = new Date(nowMs).toISOString();
    return {
      view,
      reports: reports.all,
      nowMs,
      routers,
      askedAtMs: (host) => this.#checks.get(host) ?? null,
      problemSince: (code, subject) => this.#problems.since(code, subject, now),
      refused: this.#plane.refusals.current(nowMs, (host) => reports.get(host)?.receivedAtMs ?? -Infinity),
    };
  }

  /** Remembers which problems there are, so that each can be told with its age. Called every second. */
  noteProblems({ problems, observedAt }: Pick<Status, "problems" | "observedAt"> = this.status()): void {
    this.#problems.note(problems, observedAt);
  }

  /** Takes a report in. Throws `forbidden` when it speaks for another host. */
  async receive(host: string, report: HostReport): Promise<void> {
    if (report.host !== host) throw rackwayError("forbidden", {});
    const { reports, hub, nowMs } = this.#plane;
    const before = reports.get(host)?.report ?? null;
    reports.receive(report, nowMs);
    hub.noteContact(host);
    const answered = report.observeNow === before?.observeNow ? undefined : report.observeNow;
    const isForPeer = answered !== undefined && !hub.noteAnswer(answered);
    this.#checkClaims(report, nowMs);
    // A thousand hosts report every five seconds; what they hold hardly ever changes.
    const isNews = before === null || holdings(before) !== holdings(report);
    // Whoever leads, or waits for this answer at another server, reads it from the database.
    if (isForPeer || (isNews && !this.#plane.leads)) await reports.save();
    if (this.#freshness.get(host) !== "ok") await this.noteAgents();
    if (isNews) await this.noteRouters();
  }

  /** Reports that another server took in (null: look at all). */
  async receiveOthers(hosts: readonly string[] | null): Promise<void> {
    const { reports, hub, nowMs } = this.#plane;
    const newer = await reports.loadOthers(hosts);
    for (const report of newer) {
      if (report.observeNow !== undefined) hub.noteAnswer(report.observeNow);
      this.#checkClaims(report, nowMs);
    }
    if (newer.length === 0) return;
    await this.noteAgents();
    await this.noteRouters();
  }

  /** This server leads from now on: what was told of the agents is what it goes on from. */
  async takeOver(): Promise<void> {
    const told = await this.#plane.events.list({
      kinds: Object.keys(agentReasons).map((word) => `agent-${word}`),
      source: "server",
      limit: 5000,
    });
    for (const { kind, subject } of told) this.#freshness.set(subject.slice("host/".length), kind.slice("agent-".length) as Freshness);
  }

  async receiveEvents(host: string, { events }: AgentEvents): Promise<void> {
    this.#plane.hub.noteContact(host);
    await this.#plane.events.append(events.map((event) => ({ ...shorten(event), source: `host/${host}` })));
  }

  /** Writes an event for each router that is on another host than it was, or on none any more. Called every second, too, for what silence changes. */
  async noteRouters(seen?: Status): Promise<void> {
    if (!this.#plane.leads) return;
    await this.#tellRouters(seen ?? this.status());
  }

  async #tellRouters(seen: Status): Promise<void> {
    const { routers, events, sources } = this.#plane;
    const at = sources.now().toISOString();
    const moved = seen.routers.flatMap(({ name, active }) => {
      const change = active === null ? undefined : routers.note(name, active, at);
      return change === undefined ? [] : [{ name, active, from: change.from }];
    });
    await events.append(
      moved.map(({ name, active, from }) => ({
        at,
        source: "server",
        kind: "router-active",
        subject: `router/${name}`,
        reason: from === null ? `${active ?? "no host"} carries it` : `it went from ${from} to ${active ?? "no host"}`,
        data: { from, to: active },
      })),
    );
    const gone = new Set(seen.problems.filter(({ code }) => code === "router-without-host").map(({ subject }) => subject));
    const lost = seen.routers.flatMap(({ name }) => {
      const absence = routers.noteAbsence(name, gone.has(`router/${name}`), at);
      return absence === undefined ? [] : [{ name, ...absence }];
    });
    await events.append(
      lost.map(({ name, from, since }) => ({
        at,
        source: "server",
        kind: "router-lost",
        subject: `router/${name}`,
        reason: `no host carries it; ${from} was the last, seen until ${since}`,
        data: { from, since },
      })),
    );
  }

  /** Takes up where the server left off: what its last reports say now is not told as news. Call it once, when the plane has loaded. */
  load(): void {
    for (const [host, received] of this.#plane.reports.all) this.#freshness.set(host, freshnessOf(received, this.#plane.nowMs));
  }

  /** Writes an event for each agent that fell silent or spoke again since the last call. */
  async noteAgents(): Promise<void> {
    const { view, reports, events, sources, nowMs } = this.#plane;
    const at = sources.now().toISOString();
    const changed = (view.current?.document.spec.hosts ?? []).flatMap(({ name }) => {
      const [before, now] = [this.#freshness.get(name) ?? "absent", freshnessOf(reports.get(name), nowMs)];
      this.#freshness.set(name, now);
      return before === now ? [] : [{ name, before, now }];
    });
    if (!this.#plane.leads) return;
    await events.append(
      changed.map(({ name, before, now }) => ({
        at,
        source: "server",
        kind: `agent-${now}`,
        subject: `host/${name}`,
        reason: agentReasons[now],
        data: { before },
      })),
    );
  }

  /** Another host claimed the same addresses before: it is asked to look again. A live one answers at once; a dead one's claim ends. */
  #checkClaims(report: HostReport, nowMs: number): void {
    const claimed = new Set(singleOwnerAddresses(report));
    if (claimed.size === 0) return;
    const rivals: string[] = [];
    for (const [host, other] of this.#plane.reports.all) {
      if (host === report.host || nowMs - other.receivedAtMs > staleAfterMs) continue;
      if (!singleOwnerAddresses(other.report).some((address) => claimed.has(address))) continue;
      const askedAtMs = this.#checks.get(host);
      // Asked and silent since: the first question counts, or a dead host would be believed for ever.
      if (askedAtMs !== undefined && other.receivedAtMs < askedAtMs) continue;
      if (askedAtMs !== undefined && nowMs - askedAtMs < askAgainAfterMs) continue;
      this.#checks.set(host, nowMs);
      rivals.push(host);
    }
    if (rivals.length > 0) this.#plane.hub.request(rivals);
  }
}

/** Addresses of routers and of service VIPs with one owner that the host says it holds. */
function singleOwnerAddresses({ routers, services }: HostReport): string[] {
  const owned = (services ?? []).filter(({ mode, held }) => mode !== "anycast" && held);
  return [...routers.flatMap(({ holds }) => holds.map(({ address }) => address)), ...owned.map(({ address }) => address)];
}

const agentReasons: Readonly<Record<Freshness, string>> = {
  ok: "its agent reports",
  stale: `its agent has not reported for ${staleAfterMs / 1000} s`,
  absent: `its agent has not reported for ${absentAfterMs / 1000} s`,
};

function holdings(report: HostReport): string {
  return JSON.stringify(report.routers.map(({ name, holds }) => [name, holds.map(({ address }) => address)]));
}

const mostData = 16 * 1024;

/** A host's words as long as any that an agent has: what reads the log holds many of them at once. */
function shorten({
  at,
  kind,
  subject,
  reason,
  data,
}: AgentEvents["events"][number]): AgentEvents["events"][number] & { data: Record<string, unknown> } {
  const fits = data !== undefined && JSON.stringify(data).length <= mostData;
  return { at, kind: kind.slice(0, 64), subject: subject.slice(0, 200), reason: reason.slice(0, 4000), data: fits ? data : {} };
}

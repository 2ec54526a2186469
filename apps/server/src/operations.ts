import { rackwayError } from "@rackway/errors";
import { allVips, hasVips } from "@rackway/ipam";
import { findMovableSet } from "@rackway/schema";
import type { AgentOperation, Operation, OperationRequest } from "@rackway/schema";
import type { OperationRecord } from "@rackway/store";

import type { ControlPlane } from "./control-plane.ts";

/** An operation that no agent takes, or of which its agent says nothing more, ends as failed after these. */
const unclaimedMs = 15_000;
const silentMs = 60_000;

/** What an operator wants moved. */
interface Movable {
  readonly kind: "router" | "vip";
  readonly name: string;
}

/** Moves, from the operator's word to the agents' last. An operation ends once; one of a router at a time. */
export class Operations {
  readonly #plane: ControlPlane;
  /** Not ended; oldest first. */
  #active: readonly OperationRecord[] = [];
  #changes = 0;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  /** Reads them; again, when another server changed one. */
  async load(): Promise<void> {
    for (;;) {
      const changes = this.#changes;
      const active = await this.#plane.store.operations.active();
      // One of our own changed meanwhile: what was read may be older.
      if (changes !== this.#changes) continue;
      this.#active = active;
      return;
    }
  }

  /** Another server changed operations of this Pacemaker cluster. */
  async followPeers(cluster: string): Promise<void> {
    await this.load();
    this.#wake(cluster);
  }

  /** What the agents of a Pacemaker cluster are told of. */
  ofCluster(cluster: string): Operation[] {
    return this.#active.filter((each) => each.cluster === cluster).map(asOperation);
  }

  async list(): Promise<Operation[]> {
    return (await this.#plane.store.operations.list(100)).map(asOperation);
  }

  async find(id: string): Promise<Operation> {
    const record = await this.#plane.store.operations.find(id);
    if (record === null) throw rackwayError("not-found", { kind: "operation", name: id });
    return asOperation(record);
  }

  /** Throws `not-found` (router, VIP, host) or `move-refused`. */
  async start(request: OperationRequest, source: string): Promise<Operation> {
    const [kind, name] = request.kind === "move" ? (["router", request.router] as const) : (["vip", request.vip] as const);
    const cluster = this.#checkMove({ kind, name }, request.to);
    const { sources } = this.#plane;
    const createdAt = sources.now().toISOString();
    const record: OperationRecord = {
      id: `op-${sources.randomBytes(6).toString("hex")}`,
      kind: request.kind,
      subject: `${kind}/${name}`,
      to: request.to,
      cluster,
      state: "pending",
      message: `waits for the agent on the DC of Pacemaker cluster ${cluster}`,
      progress: [],
      claimedBy: null,
      createdAt,
      updatedAt: createdAt,
    };
    const verdict = {
      record,
      kind: "operation-created",
      reason: request.reason ?? `move ${kind} ${name} to ${record.to}`,
      source,
    };
    await this.#plane.change("database", async ({ repositories, event }) => {
      await repositories.operations.add(record);
      await repositories.notices.send({ topic: "operations", items: [cluster] });
      await event(eventOf(verdict, verdict.kind));
      return { isChanged: true, result: null };
    });
    this.#follow(verdict);
    return asOperation(record);
  }

  /** An agent's word on an operation. Throws `not-found`, `forbidden`, `operation-claimed`, `operation-ended`. */
  async report(id: string, host: string, word: AgentOperation): Promise<Operation> {
    const cluster = this.#plane.servedState(host)?.state.pacemaker?.cluster;
    const record = await this.#update(id, (before) => {
      if (cluster !== before.cluster) throw rackwayError("forbidden", {});
      if (before.claimedBy !== null && before.claimedBy !== host) throw rackwayError("operation-claimed", { id, host: before.claimedBy });
      if (isEnded(before)) throw rackwayError("operation-ended", { id, state: before.state });
      const at = this.#plane.sources.now().toISOString();
      const progress = [...before.progress, { at, message: word.message }].slice(-100);
      const next = { ...before, state: word.state, message: word.message, claimedBy: host, progress, updatedAt: at };
      const kind = before.state === word.state ? null : `operation-${word.state}`;
      return { record: next, kind, reason: word.message, source: `host/${host}` };
    });
    if (record === null) throw rackwayError("not-found", { kind: "operation", name: id });
    return asOperation(record);
  }

  /** Ends what nobody carries out. Called every second. */
  async expire(): Promise<void> {
    const isIdle = ({ state, updatedAt }: OperationRecord): boolean =>
      this.#plane.nowMs - Date.parse(updatedAt) >= (state === "pending" ? unclaimedMs : silentMs);
    for (const { id } of this.#active.filter(isIdle)) {
      await this.#update(id, (before) => {
        // An agent may have spoken a moment ago.
        if (isEnded(before) || !isIdle(before)) return null;
        const message =
          before.state === "pending"
            ? `no agent of Pacemaker cluster ${before.cluster} took it within ${unclaimedMs / 1000} s; is there a DC, and does its agent run?`
            : `the agent on ${before.claimedBy ?? "?"} has said nothing for ${silentMs / 1000} s`;
        const record = { ...before, state: "failed" as const, message, updatedAt: this.#plane.sources.now().toISOString() };
        return { record, kind: "operation-failed", reason: message, source: "server" };
      });
    }
  }

  /** The cluster that would move it. What only the hosts can know (is the target in step, is it there already) they say themselves. */
  #checkMove(what: Movable, to: string): string {
    const { current, flags } = this.#plane.view;
    const { kind, name } = what;
    const refuse = (reason: string): never => {
      throw rackwayError("move-refused", { what: `${kind} ${name}`, to, reason });
    };
    const router = current?.document.spec.virtualRouters.find((each) => each.name === name);
    const roams = current?.document.spec.roamingRouters?.some((each) => each.name === name) === true;
    if (current === null || (kind === "router" && router === undefined && !roams)) throw rackwayError("not-found", { kind, name });
    const host = current.document.spec.hosts.find((each) => each.name === to);
    if (host === undefined) throw rackwayError("not-found", { kind: "host", name: to });
    if (host.role !== "controller") refuse(`${to} is no controller`);
    if (kind === "router" && router !== undefined) {
      if (!hasVips(router)) refuse("it has no VIPs: it is bound to the one controller of its rack");
      if (host.rack !== router.rack) refuse(`${to} is in rack ${host.rack}, the router in rack ${router.rack}`);
    } else {
      this.#checkSet(what, to, refuse);
    }
    if (flags.get(to)?.drained === true) refuse(`${to} is drained; resume it first`);
    const cluster = current.pacemaker.find(({ controllers }) => controllers.some((each) => each.name === to));
    return cluster?.settings.name ?? refuse("no Pacemaker cluster carries it");
  }

  #checkSet({ kind, name }: Movable, to: string, refuse: (reason: string) => never): void {
    const { current } = this.#plane.view;
    const found = findMovableSet(this.#plane.servedState(to)?.state.pacemaker?.services ?? [], `${kind}/${name}`);
    if (found?.set.controllers.includes(to) === true) return;
    if (kind === "vip") {
      const spec = current === null ? undefined : allVips(current.document).find((vip) => vip.name === name);
      if (spec === undefined) throw rackwayError("not-found", { kind, name });
      if (spec.mode === "anycast") refuse("it is an anycast VIP, and stands on every host that may hold it");
    }
    refuse(`${to} is none of the hosts that may hold it`);
  }

  /** Judges an operation as it is in the transaction that changes it: of two that speak at once, one is first. Null: nothing changed. */
  async #update(id: string, judge: (before: OperationRecord) => Verdict | null): Promise<OperationRecord | null> {
    const verdict = await this.#plane.change<Verdict | null>("database", async ({ repositories, event }) => {
      const before = await repositories.operations.find(id);
      const judged = before === null ? null : judge(before);
      if (judged === null) return { isChanged: false, result: null };
      await repositories.operations.update(judged.record);
      await repositories.notices.send({ topic: "operations", items: [judged.record.cluster] });
      if (judged.kind !== null) await event(eventOf(judged, judged.kind));
      return { isChanged: true, result: judged };
    });
    if (verdict !== null) this.#follow(verdict);
    return verdict?.record ?? null;
  }

  #follow({ record, kind }: Verdict): void {
    this.#changes += 1;
    const others = this.#active.filter(({ id }) => id !== record.id);
    this.#active = isEnded(record) ? others : [...others, record].sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
    if (kind !== null) this.#wake(record.cluster);
  }

  #wake(name: string): void {
    const cluster = this.#plane.view.current?.pacemaker.find(({ settings }) => settings.name === name);
    this.#plane.hub.wake((cluster?.controllers ?? []).map((controller) => controller.name));
  }
}

/** What an operation becomes, and the event that tells of it; `kind` null: progress, which is no event. */
interface Verdict {
  readonly record: OperationRecord;
  readonly kind: string | null;
  readonly reason: string;
  readonly source: string;
}

function eventOf({ record, reason, source }: Verdict, kind: string) {
  const data = { id: record.id, to: record.to, claimedBy: record.claimedBy };
  return { source, kind, subject: record.subject, reason, data };
}

function isEnded({ state }: OperationRecord): boolean {
  return state === "done" || state === "failed";
}

function asOperation(record: OperationRecord): Operation {
  const { id, kind, subject, to, state, message, progress, claimedBy, createdAt, updatedAt } = record;
  return { id, kind, subject, to, state, message, progress, claimedBy, createdAt, updatedAt };
}

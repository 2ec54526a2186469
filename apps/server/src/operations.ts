import { rackwayError } from "@rackway/errors";
import { hasVips } from "@rackway/ipam";
import type { AgentOperation, Operation, OperationRequest } from "@rackway/schema";
import type { OperationRecord } from "@rackway/store";

import type { ControlPlane } from "./control-plane.ts";

/** An operation that no agent takes, or of which its agent says nothing more, ends as failed after these. */
const unclaimedMs = 15_000;
const silentMs = 60_000;

/** Moves, from the operator's word to the agents' last. An operation ends once; one of a router at a time. */
export class Operations {
  readonly #plane: ControlPlane;
  /** Not ended; oldest first. */
  #active: readonly OperationRecord[] = [];

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  async load(): Promise<void> {
    this.#active = await this.#plane.store.operations.active();
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

  /** Throws `not-found` (router, host) or `move-refused`. */
  async start(request: OperationRequest, source: string): Promise<Operation> {
    const cluster = this.#checkMove(request.router, request.to);
    const { sources } = this.#plane;
    const createdAt = sources.now().toISOString();
    const record: OperationRecord = {
      id: `op-${sources.randomBytes(6).toString("hex")}`,
      kind: request.kind,
      router: request.router,
      to: request.to,
      cluster,
      state: "pending",
      message: `waits for the agent on the DC of Pacemaker cluster ${cluster}`,
      progress: [],
      claimedBy: null,
      createdAt,
      updatedAt: createdAt,
    };
    const verdict = { record, kind: "operation-created", reason: request.reason ?? `move ${record.router} to ${record.to}`, source };
    await this.#plane.change("database", async ({ repositories, event }) => {
      await repositories.operations.add(record);
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
  #checkMove(name: string, to: string): string {
    const { current, flags } = this.#plane.view;
    const router = current?.document.spec.virtualRouters.find((each) => each.name === name);
    if (current === null || router === undefined) throw rackwayError("not-found", { kind: "router", name });
    const host = current.document.spec.hosts.find((each) => each.name === to);
    if (host === undefined) throw rackwayError("not-found", { kind: "host", name: to });
    const refuse = (reason: string): never => {
      throw rackwayError("move-refused", { router: name, to, reason });
    };
    if (!hasVips(router)) refuse("it has no VIPs: it is bound to the one controller of its rack");
    if (host.role !== "controller") refuse(`${to} is no controller`);
    if (host.rack !== router.rack) refuse(`${to} is in rack ${host.rack}, the router in rack ${router.rack}`);
    const cluster = current.pacemaker.find(({ controllers }) => controllers.some((each) => each.name === to));
    if (flags.get(to)?.drained === true) refuse(`${to} is drained; resume it first`);
    return cluster?.settings.name ?? refuse("no Pacemaker cluster carries it");
  }

  /** Judges an operation as it is in the transaction that changes it: of two that speak at once, one is first. Null: nothing changed. */
  async #update(id: string, judge: (before: OperationRecord) => Verdict | null): Promise<OperationRecord | null> {
    const verdict = await this.#plane.change<Verdict | null>("database", async ({ repositories, event }) => {
      const before = await repositories.operations.find(id);
      const judged = before === null ? null : judge(before);
      if (judged === null) return { isChanged: false, result: null };
      await repositories.operations.update(judged.record);
      if (judged.kind !== null) await event(eventOf(judged, judged.kind));
      return { isChanged: true, result: judged };
    });
    if (verdict !== null) this.#follow(verdict);
    return verdict?.record ?? null;
  }

  #follow({ record, kind }: Verdict): void {
    const others = this.#active.filter(({ id }) => id !== record.id);
    this.#active = isEnded(record) ? others : [...others, record].sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
    const cluster = this.#plane.view.current?.pacemaker.find(({ settings }) => settings.name === record.cluster);
    if (kind !== null) this.#plane.hub.wake((cluster?.controllers ?? []).map(({ name }) => name));
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
  return { source, kind, subject: `router/${record.router}`, reason, data };
}

function isEnded({ state }: OperationRecord): boolean {
  return state === "done" || state === "failed";
}

function asOperation(record: OperationRecord): Operation {
  const { id, kind, router, to, state, message, progress, claimedBy, createdAt, updatedAt } = record;
  return { id, kind, router, to, state, message, progress, claimedBy, createdAt, updatedAt };
}

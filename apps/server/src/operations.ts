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
    await this.#write("operation-created", record, request.reason ?? `move ${record.router} to ${record.to}`, source, true);
    return asOperation(record);
  }

  /** An agent's word on an operation. Throws `not-found`, `forbidden`, `operation-claimed`, `operation-ended`. */
  async report(id: string, host: string, word: AgentOperation): Promise<Operation> {
    const before = this.#active.find((each) => each.id === id) ?? (await this.#plane.store.operations.find(id));
    if (before === null) throw rackwayError("not-found", { kind: "operation", name: id });
    if (this.#plane.servedState(host)?.state.pacemaker?.cluster !== before.cluster) throw rackwayError("forbidden", {});
    if (before.claimedBy !== null && before.claimedBy !== host) throw rackwayError("operation-claimed", { id, host: before.claimedBy });
    if (before.state === "done" || before.state === "failed") throw rackwayError("operation-ended", { id, state: before.state });
    const at = this.#plane.sources.now().toISOString();
    const record: OperationRecord = {
      ...before,
      state: word.state,
      message: word.message,
      claimedBy: host,
      progress: [...before.progress, { at, message: word.message }].slice(-100),
      updatedAt: at,
    };
    const isProgress = before.state === record.state;
    await this.#write(isProgress ? null : `operation-${record.state}`, record, word.message, `host/${host}`, false);
    return asOperation(record);
  }

  /** Ends what nobody carries out. Called every second. */
  async expire(): Promise<void> {
    const nowMs = this.#plane.nowMs;
    for (const record of this.#active) {
      const idleMs = nowMs - Date.parse(record.updatedAt);
      if (idleMs < (record.state === "pending" ? unclaimedMs : silentMs)) continue;
      const message =
        record.state === "pending"
          ? `no agent of Pacemaker cluster ${record.cluster} took it within ${unclaimedMs / 1000} s; is there a DC, and does its agent run?`
          : `the agent on ${record.claimedBy ?? "?"} has said nothing for ${silentMs / 1000} s`;
      const updatedAt = this.#plane.sources.now().toISOString();
      await this.#write("operation-failed", { ...record, state: "failed", message, updatedAt }, message, "server", false);
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

  async #write(kind: string | null, record: OperationRecord, reason: string, source: string, isNew: boolean): Promise<void> {
    await this.#plane.change("database", async ({ repositories, event }) => {
      await (isNew ? repositories.operations.add(record) : repositories.operations.update(record));
      const data = { id: record.id, to: record.to, claimedBy: record.claimedBy };
      if (kind !== null) await event({ source, kind, subject: `router/${record.router}`, reason, data });
      return { isChanged: true, result: null };
    });
    const others = this.#active.filter(({ id }) => id !== record.id);
    const isOver = record.state === "done" || record.state === "failed";
    this.#active = isOver ? others : [...others, record].sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
    const cluster = this.#plane.view.current?.pacemaker.find(({ settings }) => settings.name === record.cluster);
    if (kind !== null) this.#plane.hub.wake((cluster?.controllers ?? []).map(({ name }) => name));
  }
}

function asOperation(record: OperationRecord): Operation {
  const { id, kind, router, to, state, message, progress, claimedBy, createdAt, updatedAt } = record;
  return { id, kind, router, to, state, message, progress, claimedBy, createdAt, updatedAt };
}

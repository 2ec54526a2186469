import type { CommandRunner, HostProblem } from "@rackway/linux";
import { clientPaths, observeLinks, problem } from "@rackway/linux";
import { decideVerdict, observeVerdict, publishFullDisks } from "@rackway/pacemaker";
import type { AgentState, HostReport, HostState, Step } from "@rackway/schema";

import { CheckerLogs } from "./checker-events.ts";
import { DrainEnd, isDrained } from "./drain-end.ts";
import { CibWriter } from "./cib-writer.ts";
import { ClientNode } from "./client-node.ts";
import { ClusterNode } from "./cluster-node.ts";
import { ClusterWatch, hostEyes } from "./cluster-watch.ts";
import type { AgentConfig } from "./config.ts";
import { HostConverger } from "./converge-host.ts";
import { cibEvent, stepEvents, viewEvents } from "./events.ts";
import { failoverEvents } from "./failover-events.ts";
import type { Happening } from "./events.ts";
import { GuardLog } from "./guard-log.ts";
import { LocalSocket } from "./local-socket.ts";
import { renderLocalStatus } from "./local-status.ts";
import type { Log } from "./log.ts";
import { reasonOf } from "./log.ts";
import { Looper } from "./looper.ts";
import type { ClusterView } from "./observer.ts";
import { leadershipKey, ownershipKey } from "./observer.ts";
import { OperationRunner } from "./operations.ts";
import { createOriginalsFile } from "./originals-file.ts";
import { createFrrMemoryFile } from "./frr-memory-file.ts";
import { FileTriggers } from "./file-triggers.ts";
import { FrrNode } from "./frr-node.ts";
import type { FrrLook } from "./frr-node.ts";
import type { AgentPaths } from "./paths.ts";
import { readHostState } from "./received-state.ts";
import type { Convergence } from "./report.ts";
import { renderReport, runningProblems } from "./report.ts";
import { QuorumServerNode } from "./quorum-server-node.ts";
import { RoutingWatch } from "./routing-watch.ts";
import { ServerLink } from "./server-link.ts";
import { ProxyWatch } from "./proxy-watch.ts";
import { readRefusals } from "./service-refusals.ts";
import { SilentUpstreams } from "./silent-upstreams.ts";
import { renderServices, ServiceWatch } from "./service-watch.ts";
import { StateKeeper } from "./state-keeper.ts";
import { createStateStore } from "./state-store.ts";
import { observeHostTime } from "./trial-clock.ts";
import { KernelTriggers } from "./triggers.ts";

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly paths: AgentPaths;
  readonly run: CommandRunner;
  readonly log: Log;
  readonly version: string;
  readonly now: () => Date;
}

/** Looks of their own accord, without any trigger. */
const convergeEveryMs = 10_000;
const observeEveryMs = 5_000;
/** While something is on its way up, it is looked at more often. */
const busyEveryMs = 1_000;
/** Without a trigger: the kernel's word on addresses should a line have been missed. */
const glanceEveryMs = 60_000;

/**
 * One daemon a host, made of loops. One converges: observe, plan, apply, observe again. Another one observes who holds what, and reports; it
 * never waits for the first, so that a failover is told while a daemon is still being started. A third only glances at the routers'
 * addresses, when the kernel says that one came or went: it does not wait for Pacemaker's answer either. Every look reads the world anew.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #keeper: StateKeeper;
  readonly #host: HostConverger;
  readonly #cluster: ClusterNode;
  readonly #quorumServer: QuorumServerNode;
  readonly #frr: FrrNode;
  readonly #clients: ClientNode;
  readonly #cib: CibWriter;
  readonly #operations: OperationRunner;
  readonly #link: ServerLink;
  readonly #socket: LocalSocket;
  readonly #triggers: KernelTriggers;
  readonly #fileTriggers: FileTriggers;
  readonly #converging: Looper;
  readonly #observing: Looper;
  readonly #glancing: Looper;
  readonly #watch: ClusterWatch;
  readonly #guardLog: GuardLog;
  readonly #checkerLogs: CheckerLogs;
  readonly #routing: RoutingWatch;
  readonly #services: ServiceWatch;
  readonly #proxies: ProxyWatch;
  #refusals: readonly HostProblem[] = [];
  readonly #silentUpstreams: SilentUpstreams;
  readonly #drainEnd: DrainEnd;
  readonly #ownProblems = new Map<string, HostProblem>();

  #state: HostState | null = null;
  #convergence: Convergence | null = null;
  /** The state that was once reached whole: what differs from then on has been changed by somebody. */
  #reached: HostState | null = null;
  #observeAsked: string | null = null;
  #observeNow: string | null = null;
  #lastReport: { readonly at: number; readonly key: string; readonly report: HostReport } | null = null;
  /** Without a host state, too: a host's first plan is judged by what it has. */
  #links: HostReport["links"] = null;
  /** The other hosts know that there is room on this one. */
  #disksAreTold = false;
  /** Looks in a row that left something undone. */
  #unsettled = 0;

  constructor(options: AgentOptions) {
    const { paths, run, log } = options;
    this.#options = options;
    this.#keeper = new StateKeeper(
      createStateStore(paths.state),
      { now: observeHostTime, word: (trial) => observeVerdict(run, trial), decide: (verdict) => decideVerdict(run, verdict) },
      (error) => log.error("host state not kept on disk", { reason: reasonOf(error) }),
    );
    const originals = createOriginalsFile(paths.originals);
    this.#host = new HostConverger(run, originals);
    this.#link = new ServerLink(
      options.config,
      { onAnswer: (answer) => this.#take(answer), onToken: (standing) => this.#noteToken(standing) },
      log,
    );
    this.#cluster = new ClusterNode(run, paths, originals, (id) => this.#link.secret(id));
    this.#quorumServer = new QuorumServerNode(run, paths, originals, (id) => this.#link.secret(id));
    this.#frr = new FrrNode(run, createFrrMemoryFile(paths.frrMemory));
    this.#clients = new ClientNode(run, originals);
    this.#cib = new CibWriter(run);
    this.#operations = new OperationRunner(run, log);
    this.#socket = new LocalSocket(paths.socket, {
      "/report": () => this.#lastReport?.report ?? null,
      "/local-status": () => this.#localStatus(),
    });
    this.#converging = new Looper(() => this.#converge(), 1000);
    this.#observing = new Looper(() => this.#observe(), 1000);
    this.#glancing = new Looper(() => this.#glance(), 50);
    this.#routing = new RoutingWatch(run);
    this.#services = new ServiceWatch(run, paths.run);
    this.#proxies = new ProxyWatch(options.config.host, paths.run);
    this.#silentUpstreams = new SilentUpstreams(run);
    this.#drainEnd = new DrainEnd(run);
    this.#watch = new ClusterWatch(hostEyes(run, paths), (before, after) => this.#noteView(before, after));
    this.#guardLog = new GuardLog(paths.guardLog, options.config.host);
    this.#checkerLogs = new CheckerLogs(paths.run, options.config.host, options.now());
    this.#fileTriggers = new FileTriggers([clientPaths.resolvConf, clientPaths.chronySources], () => this.#converging.ask());
    this.#triggers = new KernelTriggers({ onHost: () => this.#converging.ask(), onNamespace: () => this.#glancing.ask() });
  }

  /** Works from the state on disk at once; the server may come later or never. Throws `agent-running`. */
  async start(): Promise<void> {
    const { log, version, config } = this.#options;
    await this.#socket.start();
    await this.#keeper.load();
    this.#state = this.#keeper.state;
    log.info("agent starts", { version, host: config.host, server: config.server, revision: this.#state?.revision ?? null });
    this.#triggers.start();
    this.#fileTriggers.start();
    this.#converging.ask();
    this.#observing.ask();
    this.#link.start();
  }

  async stop(): Promise<void> {
    this.#triggers.stop();
    this.#fileTriggers.stop();
    this.#link.stop();
    await Promise.all([this.#converging.stop(), this.#observing.stop(), this.#glancing.stop()]);
    await Promise.all([this.#socket.stop(), this.#guardLog.close(), this.#checkerLogs.close()]);
    this.#options.log.info("agent stops", {});
  }

  async #take({ etag, body }: { readonly etag: string; readonly body: AgentState }): Promise<void> {
    await this.#takeState(etag, body);
    this.#operations.offer(body.operations);
    this.#considerOperations();
    if (body.observeNow !== null && body.observeNow !== this.#observeAsked) void this.#observeAnew(body.observeNow);
  }

  /** A report carries the token only when both loops have looked since it came. */
  async #observeAnew(token: string): Promise<void> {
    this.#observeAsked = token;
    await this.#converging.runNow();
    this.#observeNow = token;
    await this.#observing.runNow();
  }

  async #takeState(etag: string, { state: received, trial = null }: AgentState): Promise<void> {
    if (received === null) return;
    const { host } = this.#options.config;
    const read = readHostState(received, host);
    const fallback = trial === null || !read.ok ? read : readHostState(trial.fallback, host);
    if (!read.ok || !fallback.ok) {
      const reason = !read.ok ? read.reason : !fallback.ok ? fallback.reason : "";
      this.#ownProblems.set("state", problem("host-state-invalid", { reason }));
      this.#options.log.error("host state not taken", { reason });
      return;
    }
    this.#ownProblems.delete("state");
    const answer = { etag, state: read.state, trial: trial === null ? null : { ...trial, fallback: fallback.state } };
    const happenings = await this.#keeper.take(answer);
    await this.#adopt();
    this.#tell(happenings);
    // What is to be decided, and until when, may be another although the state is the same.
    void this.#converging.runNow();
  }

  /** Works from the state that is in force from here on. */
  async #adopt(): Promise<void> {
    const { state } = this.#keeper;
    if (state === null || JSON.stringify(state) === JSON.stringify(this.#state)) return;
    const { revision, paused } = state;
    this.#options.log.info("new host state", { revision, before: this.#state?.revision ?? null, paused, trial: this.#keeper.trial });
    this.#state = state;
    this.#unsettled = 0;
    await this.#drainEnd.takeBack(state);
  }

  #noteToken(standing: "there" | "missing" | "refused"): void {
    const { host, tokenFile: file } = this.#options.config;
    if (standing === "there") this.#ownProblems.delete("token");
    else
      this.#ownProblems.set(
        "token",
        standing === "missing" ? problem("agent-token-missing", { file }) : problem("token-refused", { host }),
      );
  }

  /** One round of the converging loop; returns when the next one is due. */
  async #converge(): Promise<number> {
    const decideInMs = await this.#settleTrial();
    const state = this.#state;
    if (state === null) return convergeEveryMs;
    try {
      this.#convergence = await this.#convergeTo(state);
    } catch (error) {
      this.#options.log.error("look failed", { reason: reasonOf(error) });
      const unobservable = problem("host-unobservable", { reason: reasonOf(error) });
      this.#convergence = { state, observation: null, pending: this.#convergence?.pending ?? [], problems: [unobservable], clients: null };
    }
    this.#observing.ask();
    const { pending, problems } = this.#convergence;
    const isSettled = state.paused || pending.length + problems.length === 0;
    this.#unsettled = isSettled ? 0 : this.#unsettled + 1;
    // What stands in the way may be gone soon (a daemon that is starting) or never (somebody else's bridge).
    return Math.min(convergeEveryMs, decideInMs, isSettled ? Infinity : busyEveryMs * 2 ** (this.#unsettled - 1));
  }

  /** A revision that must be confirmed: is it, or is its time over? Returns after how many milliseconds that is to be asked again. */
  async #settleTrial(): Promise<number> {
    try {
      const { happenings, nextMs } = await this.#keeper.settle();
      this.#tell(happenings);
      await this.#adopt();
      return nextMs;
    } catch (error) {
      this.#options.log.error("nothing decided", { reason: reasonOf(error) });
      return busyEveryMs;
    }
  }

  async #convergeTo(state: HostState): Promise<Convergence> {
    const { pacemaker, paused, host } = state;
    const node = paused ? this.#cluster.look.bind(this.#cluster) : this.#cluster.converge.bind(this.#cluster);
    // A host that leaves its cluster lets go of the routers first: their interfaces are on the bridges.
    const withdrawn = state.routing === null ? await this.#convergeFrr(state) : null;
    const left = pacemaker === null ? await node(host.name, null) : null;
    const network = paused ? await this.#host.look(state) : await this.#host.converge(state);
    this.#tellSteps(state, [...(left?.applied ?? []), ...network.applied]);
    const clients = await (paused ? this.#clients.look(state) : this.#clients.converge(state));
    this.#tellSteps(state, clients.applied);
    const frr = withdrawn ?? (await this.#convergeFrr(state));
    const joined = left ?? (await node(host.name, pacemaker));
    if (left === null) this.#tellSteps(state, joined.applied);
    const device = await (paused ? this.#quorumServer.look(state.quorumServer) : this.#quorumServer.converge(state.quorumServer));
    this.#tellSteps(state, device.applied);
    const cib = await this.#cib.converge(state, this.#watch.view.pacemaker, paused, this.#keeper.side);
    if (cib.applied.length > 0) {
      this.#tell([cibEvent(state.host.name, pacemaker?.cluster ?? "", cib.applied, this.#reasonFor(state))]);
    }
    const pending: Step[] = [...network.pending, ...clients.pending, ...frr.pending, ...device.pending, ...joined.pending, ...cib.pending];
    const problems = [...network.problems, ...clients.problems, ...frr.problems, ...device.problems, ...joined.problems, ...cib.problems];
    const isReached = pending.length === 0 && problems.length === 0 && runningProblems(state, this.#watch.view).length === 0;
    if (isReached) this.#reached = state;
    return { state, observation: network.observation, pending, problems, clients: clients.observation };
  }

  /** FRR's part: after the links that it speaks on are there, and before anything is taken down where it is to fall silent. */
  async #convergeFrr(state: HostState): Promise<FrrLook> {
    const look = await (state.paused ? this.#frr.look(state.routing) : this.#frr.converge(state.routing));
    this.#tellSteps(state, look.applied);
    return look;
  }

  #tellSteps(state: HostState, steps: readonly Step[]): void {
    this.#tell(stepEvents(state.host.name, steps, this.#reasonFor(state)));
  }

  #reasonFor(state: HostState): string {
    return this.#reached === state ? "it had been changed, and was put back" : this.#keeper.reason;
  }

  #tell(happenings: readonly Happening[]): void {
    const at = this.#options.now().toISOString();
    for (const { kind, subject, reason, data } of happenings) this.#options.log.info("event", { kind, subject, reason, ...data });
    if (happenings.length > 0) this.#link.tell(happenings.map((happening) => ({ at, ...happening })));
  }

  /**
   * For who carries out moves, which may be another host. Said again as long as it is so, for a Pacemaker that was restarted has forgotten it; that
   * there is room again, once: also after a start, for the agent before may have said something else.
   */
  async #publishDisks(): Promise<void> {
    const { pacemaker, disks } = this.#watch.view;
    if (pacemaker === null || (disks.length === 0 && this.#disksAreTold)) return;
    const isTaken = await publishFullDisks(
      this.#options.run,
      disks.map(({ path }) => path),
    );
    this.#disksAreTold = isTaken && disks.length === 0;
  }

  /** What others on this host have written down: the guard, and the checkers of service namespaces. */
  async #tellLogs(): Promise<void> {
    const { anycast = null, failover = [] } = this.#state ?? {};
    const namespaces = [...(anycast?.namespaces ?? []), ...failover].map(({ name }) => name);
    const events = (await Promise.all([this.#guardLog.take(), this.#checkerLogs.take(namespaces)])).flat();
    for (const { at, kind, subject, reason } of events) this.#options.log.info("event", { at, kind, subject, reason });
    if (events.length > 0) this.#link.tell(events);
  }

  /** One round of the observing loop; returns when the next one is due. */
  async #observe(): Promise<number> {
    const state = this.#state;
    const links = this.#looked(this.#lookAtLinks());
    if (state !== null) {
      const now = this.#options.now();
      const services = state.pacemaker?.services ?? [];
      const looks = [
        this.#watch.lookFully(state),
        this.#routing.look(state.routing, now.getTime()),
        this.#lookAtServices(state, now),
        this.#proxies.look(services).then((happenings) => this.#tell(happenings)),
        readRefusals(this.#options.paths.run, services).then((refusals) => void (this.#refusals = refusals)),
        this.#silentUpstreams.look(state, now),
      ];
      await Promise.all(looks.map((look) => this.#looked(look)));
    }
    await links;
    await this.#looked(this.#tellLogs());
    await this.#publishDisks();
    this.#report();
    if (state !== null && state === this.#state) await this.#looked(this.#settleDrain(state));
    const isBusy = this.#drainEnd.isEnding || (state !== null && runningProblems(state, this.#watch.view).length > 0);
    return isBusy ? busyEveryMs : observeEveryMs;
  }

  async #lookAtServices(state: HostState, now: Date): Promise<void> {
    const before = this.#services.sight;
    await this.#services.look(state, now, { isDrained: isDrained(state), isReleased: this.#drainEnd.isReleased });
    this.#tell(failoverEvents(state.host.name, before, this.#services.sight));
  }

  /** What was counted is told before it is let go. */
  async #settleDrain(state: HostState): Promise<void> {
    const routing = this.#routing.sight.observation;
    const services = renderServices(this.#services.sight, routing);
    this.#tell(await this.#drainEnd.settle({ state, services, routing, now: this.#options.now() }));
  }

  /** The quick look between two full ones, when an address came or went in a router's namespace. */
  async #glance(): Promise<number> {
    if (this.#state !== null) await this.#looked(this.#watch.lookQuickly(this.#state));
    this.#report();
    return glanceEveryMs;
  }

  async #lookAtLinks(): Promise<void> {
    this.#links = await observeLinks(this.#options.run);
  }

  async #looked(look: Promise<void>): Promise<void> {
    await look.catch((error: unknown) => this.#options.log.error("cluster look failed", { reason: reasonOf(error) }));
  }

  #noteView(before: ClusterView | null, after: ClusterView): void {
    if (before !== null) this.#tell(viewEvents(this.#options.config.host, before, after));
    // Pacemaker's own view of a take-over is there a moment after the addresses are.
    if (before !== null && ownershipKey(before) !== ownershipKey(after)) this.#observing.ask();
    if (before === null || leadershipKey(before) !== leadershipKey(after)) this.#converging.ask();
    this.#considerOperations();
  }

  #considerOperations(): void {
    this.#operations.consider({ state: this.#state, dc: this.#watch.view.pacemaker?.dc ?? null, client: this.#link.client });
  }

  /** Sent when anything in it is new, and every few seconds as a sign of life. */
  #report(): void {
    const { config, version, now } = this.#options;
    const report = renderReport({
      host: config.host,
      agentVersion: version,
      observedAt: now(),
      state: this.#state,
      convergence: this.#convergence,
      view: this.#watch.view,
      routing: this.#routing.sight,
      services: this.#services.sight,
      backends: this.#proxies.sights,
      refusals: this.#refusals,
      silentUpstreams: this.#silentUpstreams.problems,
      links: this.#links,
      ownProblems: [...this.#ownProblems.values(), ...this.#keeper.problems],
      observeNow: this.#observeNow,
      trial: this.#keeper.trial,
    });
    const key = JSON.stringify({ ...report, observedAt: null });
    const at = performance.now();
    if (this.#lastReport !== null && this.#lastReport.key === key && at - this.#lastReport.at < observeEveryMs - 500) return;
    this.#lastReport = { at, key, report };
    this.#link.report(report);
  }

  #localStatus(): unknown {
    const ageMs = this.#watch.ageMs();
    if (this.#state === null || ageMs === null) return null;
    return renderLocalStatus({
      state: this.#state,
      view: this.#watch.view,
      isConverged: this.#lastReport?.report.converged ?? false,
      observedAt: this.#options.now(),
      ageMs,
      told: this.#lastReport?.report.problems ?? [],
      services: this.#lastReport?.report.services ?? null,
      unconfirmed: this.#keeper.unconfirmed,
    });
  }
}

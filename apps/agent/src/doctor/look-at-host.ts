import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { CommandRunner } from "@rackway/linux";
import { findServiceDriver } from "@rackway/linux";
import {
  observeCorosyncLinks,
  observeFailoverVips,
  observeHeldVips,
  observeQuorum,
  observeQuorumClients,
  observeQuorumDevice,
  observeUplinks,
  parseModes,
  parseMonitor,
  parseTrouble,
  serviceResourceIds,
} from "@rackway/pacemaker";
import { observeFrr, observeOthers } from "@rackway/routing";
import { hostReportSchema } from "@rackway/schema";
import type { HostReport, HostState, QuorumServerState, Seen } from "@rackway/schema";

import { readCheckerWord } from "../checker-word.ts";
import { readAgentConfig, readToken } from "../config.ts";
import { HostConverger } from "../converge-host.ts";
import { observeDisks } from "../disks.ts";
import { createFrrMemoryFile } from "../frr-memory-file.ts";
import { FrrNode } from "../frr-node.ts";
import { askLocal } from "../local-socket.ts";
import { observeGuard } from "../observer.ts";
import { createOriginalsFile } from "../originals-file.ts";
import type { AgentPaths } from "../paths.ts";
import { QuorumServerNode } from "../quorum-server-node.ts";
import { RoutingWatch } from "../routing-watch.ts";
import { createStateStore } from "../state-store.ts";
import type { Bound } from "./bounded.ts";
import { lookAtClients } from "./look-clients.ts";
import { reasonOfResult } from "./host-sight.ts";
import type { DriftSight, FailoverLook, FrrSight, HostSight, MonitorSight, QuorumServerSight, ServiceLook } from "./host-sight.ts";
import {
  lookAtClock,
  lookAtPackages,
  lookAtServer,
  lookAtServices,
  lookForFenceAgents,
  neededPackages,
  neededServices,
} from "./look-machine.ts";
import { gatewaysOf, kernelKeys, lookAtGateways, lookAtKernel } from "./look-network.ts";

/** Where there is no host state, nobody knows what to look for. */
const unasked = { isSeen: false, why: "there is no host state" } as const;

/**
 * Looks at everything on this host that a check may ask for; nothing of it needs the server or the agent, and nothing is changed. What the
 * agent itself observes with is used here as well: two readers of one answer would differ some day.
 */
export async function lookAtHost(paths: AgentPaths, anyRun: CommandRunner, bound: Bound): Promise<HostSight> {
  const run = bound.runner(anyRun);
  const config = await bound.look("configuration", () => readAgentConfig(paths.config));
  const state = await bound.look("host state", () => readState(paths.state));
  const [hasToken, agent, server, clock, disks, wanted] = await Promise.all([
    config.isSeen ? readToken(config.value.tokenFile).then((token) => token !== null) : false,
    bound.look("agent", () => readAgentReport(paths.socket)),
    config.isSeen ? bound.look("server", () => lookAtServer(config.value, Math.min(4_000, bound.leftMs))) : config,
    bound.look("clock", () => lookAtClock(run)),
    bound.look("disks", () => observeDisks()),
    state.isSeen ? lookAtWanted(paths, run, bound, state.value) : nothingWanted,
  ]);
  const now = new Date();
  const files = { config: paths.config, state: paths.state };
  return { now, files, config, hasToken, agent, server, clock, disks, state, ...wanted };
}

type WantedSight = Omit<HostSight, "now" | "files" | "config" | "hasToken" | "agent" | "server" | "clock" | "disks" | "state">;

const nothingWanted: WantedSight = {
  init: unasked,
  packages: unasked,
  guard: null,
  quorum: unasked,
  quorumDevice: unasked,
  quorumServer: unasked,
  links: unasked,
  monitor: unasked,
  fenceAgents: new Map(),
  fencingLog: "",
  uplinks: unasked,
  drift: unasked,
  frr: unasked,
  routing: unasked,
  others: unasked,
  namespaces: unasked,
  failover: unasked,
  clients: unasked,
  kernel: unasked,
  gateways: unasked,
};

async function lookAtWanted(paths: AgentPaths, run: CommandRunner, bound: Bound, state: HostState): Promise<WantedSight> {
  const { pacemaker, quorumServer, routing, host } = state;
  const drift = bound.look("what is there", () => lookAtDrift(paths, run, state));
  const cluster = async <Value>(what: string, look: () => Promise<Value>): Promise<Seen<Value>> =>
    pacemaker === null ? unasked : bound.look(what, look);
  const fabric = async <Value>(what: string, look: () => Promise<Value>): Promise<Seen<Value>> =>
    routing === null ? unasked : bound.look(what, look);
  const agents = [...new Set((pacemaker?.fencing ?? []).map(({ agent }) => agent))];
  return allOf<WantedSight>({
    init: bound.look("services", () => lookAtServices(run, neededServices(state))),
    packages: bound.look("packages", () =>
      lookAtPackages(
        run,
        neededPackages(state).map(({ name }) => name),
      ),
    ),
    guard: pacemaker === null ? null : observeGuard(paths.guardPid),
    quorum: cluster("quorum", () => observeQuorum(run)),
    quorumDevice: (pacemaker?.quorumDevice ?? null) === null ? unasked : bound.look("the quorum device", () => observeQuorumDevice(run)),
    quorumServer: quorumServer === null ? unasked : bound.look("corosync-qnetd", () => lookAtQuorumServer(paths, run, quorumServer)),
    links: cluster("Corosync's links", () => observeCorosyncLinks(run)),
    monitor: cluster("Pacemaker", () => lookAtPacemaker(run)),
    fenceAgents: lookForFenceAgents(agents),
    fencingLog: readFile(paths.fencingLog, "utf8").catch(() => ""),
    uplinks: cluster("the routers' links", () => observeUplinks(run, pacemaker ?? { routers: [] }, host.name)),
    frr: fabric("FRR", () => lookAtFrr(paths, run, state)),
    routing: fabric("routing", () => lookAtRouting(run, state)),
    others: fabric("what others announce", () => observeOthers(run)),
    namespaces: bound.look("service namespaces", () => lookAtNamespaces(paths, run, state)),
    failover: bound.look("failover addresses", () => lookAtFailover(paths, run, state)),
    clients: bound.look("names and time", () => lookAtClients(paths, run, state)),
    kernel: bound.look("kernel", () => lookAtKernel(run, kernelKeys(state))),
    gateways: bound.look("gateways", async () => {
      const seen = await drift;
      return lookAtGateways(run, gatewaysOf(state), seen.isSeen ? seen.value.observation.links : []);
    }),
    drift,
  });
}

/** All at once, by name. */
async function allOf<Values extends object>(looks: {
  readonly [Name in keyof Values]: Values[Name] | Promise<Values[Name]>;
}): Promise<Values> {
  const entries = await Promise.all(Object.entries(looks).map(async ([name, look]) => [name, await look] as const));
  return Object.fromEntries(entries) as Values;
}

async function readState(file: string): Promise<HostState> {
  const stored = await createStateStore(file).load();
  if (stored === null) throw new Error("it is absent, or of another version");
  return stored.state;
}

/** Null: nobody listens. Throws where the agent listens and has no report. */
async function readAgentReport(socket: string): Promise<HostReport | null> {
  const answer = await askLocal(socket, "/report");
  if (answer === null) return null;
  if (answer.status !== 200) throw new Error("it has not looked at its host yet");
  return hostReportSchema.parse(JSON.parse(answer.text));
}

async function lookAtPacemaker(run: CommandRunner): Promise<MonitorSight> {
  const result = await run(["crm_mon", "--one-shot", "--output-as=xml", "--inactive"]);
  if (result.code !== 0) throw new Error(reasonOfResult(result));
  return { seen: parseMonitor(result.stdout), trouble: parseTrouble(result.stdout), modes: parseModes(result.stdout) };
}

async function lookAtNamespaces({ run: folder }: AgentPaths, run: CommandRunner, { anycast }: HostState): Promise<ServiceLook[]> {
  if (anycast === null) return [];
  const now = new Date();
  const kernel = await observeHeldVips(run, anycast);
  return Promise.all(
    anycast.namespaces.map(async ({ name }) => ({
      name,
      kernel: kernel.get(name) ?? { kind: "unknown" },
      checker: await readCheckerWord(join(folder, serviceResourceIds({ name }).check, "status.json"), now),
    })),
  );
}

async function lookAtFailover({ run: folder }: AgentPaths, run: CommandRunner, { failover = [] }: HostState): Promise<FailoverLook[]> {
  const now = new Date();
  const kernel = await observeFailoverVips(run, failover);
  return Promise.all(
    failover.map(async ({ name }) => ({
      name,
      kernel: kernel.get(name) ?? { kind: "unknown" },
      checker: await readCheckerWord(join(folder, serviceResourceIds({ name }).check, "status.json"), now),
    })),
  );
}

async function lookAtDrift(paths: AgentPaths, run: CommandRunner, state: HostState): Promise<DriftSight> {
  const { observation, pending, problems } = await new HostConverger(run, createOriginalsFile(paths.originals)).look(state);
  return { observation, pending, problems };
}

async function lookAtQuorumServer(paths: AgentPaths, run: CommandRunner, wanted: QuorumServerState): Promise<QuorumServerSight> {
  const noSecret = (): Promise<Buffer> => Promise.reject(new Error("an examination fetches nothing"));
  const [{ pending, problems }, clients] = await Promise.all([
    new QuorumServerNode(run, paths, createOriginalsFile(paths.originals), noSecret).look(wanted),
    observeQuorumClients(run),
  ]);
  return { pending, problems, clients };
}

async function lookAtFrr(paths: AgentPaths, run: CommandRunner, { routing }: HostState): Promise<FrrSight> {
  const service = await (await findServiceDriver(run)).observe("frr");
  const [{ pending, problems }, { config }] = await Promise.all([
    new FrrNode(run, createFrrMemoryFile(paths.frrMemory)).look(routing),
    observeFrr(run, service),
  ]);
  return { pending, problems, config };
}

async function lookAtRouting(run: CommandRunner, { routing }: HostState): Promise<RoutingWatch["sight"]> {
  const watch = new RoutingWatch(run);
  await watch.look(routing, Date.now());
  return watch.sight;
}

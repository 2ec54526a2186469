import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { type AgentClient, agentLongPoll, createAgentClient, createApiClient } from "@rackway/api-client";
import type { AgentState, HostReport, HostState, RouterState, Step } from "@rackway/schema";
import { createLogger, createServer } from "@rackway/server";

import { run, type TerminalOptions } from "../../../apps/cli/src/testing/terminal.ts";

/** The world that the pretend agents see: who carries what, and what is in the way. Tests change it. */
export interface World {
  /** Router to the host that carries it. */
  owners: Map<string, string>;
  /** What a host's agent has still to do; absent: nothing. */
  pending: Map<string, Step[]>;
  /** Hosts on which the services behind all VIPs are down. */
  down: Set<string>;
  /** Connections to each VIP, on each host. */
  flows: number;
  /** The host whose anycast VIPs nobody else announces. */
  last: string | null;
  /** A move fails with these words. */
  moveFailure: string | null;
  /** A drained host lets go of its routers. */
  obeysDrain: boolean;
}

export interface PretendCluster {
  readonly world: World;
  readonly server: string;
  readonly tokenFile: string;
  readonly folder: string;
  /** Runs the command line against the server, as its administrator. */
  rackway: (argv: readonly string[], options?: TerminalOptions) => Promise<{ code: number; out: string; err: string }>;
  /** Gives hosts an agent: it takes every state at once, reports that it has converged, and carries moves out. */
  addAgents: (hosts: readonly string[]) => Promise<void>;
  stop: () => Promise<void>;
}

/** A real server with an empty database, listening on a socket of its own, and agents that pretend to have hosts. */
export async function startPretendCluster(): Promise<PretendCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), "rackway-cli-"));
  const socketPath = path.join(folder, "server.sock");
  const log = createWriteStream(path.join(folder, "log"));
  const server = createServer({ dataDirectory: path.join(folder, "data"), listen: null, socketPath, logger: createLogger("warn", log) });
  const { adminTokenFile } = await server.start();
  const address = `unix://${socketPath}`;
  const api = createApiClient({ server: address, token: (await readFile(adminTokenFile, "utf8")).trim() });
  const world: World = {
    owners: new Map(),
    pending: new Map(),
    down: new Set(),
    flows: 0,
    last: null,
    moveFailure: null,
    obeysDrain: true,
  };
  const end = new AbortController();
  const agents: Promise<void>[] = [];
  return {
    world,
    server: address,
    tokenFile: adminTokenFile,
    folder,
    rackway: (argv, options = {}) => run(["--server", address, "--token-file", adminTokenFile, ...argv], { cwd: folder, ...options }),
    addAgents: async (hosts) => {
      for (const host of hosts) {
        const { token } = await api.createHostToken(host);
        agents.push(new PretendAgent(host, world, createAgentClient({ server: address, token })).run(end.signal));
      }
    },
    stop: async () => {
      end.abort();
      await Promise.all(agents);
      api.close();
      await server.stop();
      log.end();
      await rm(folder, { recursive: true });
    },
  };
}

class PretendAgent {
  private readonly host: string;
  private readonly world: World;
  private readonly client: AgentClient;
  private state: HostState | null = null;
  private reporting: Promise<void> = Promise.resolve();

  constructor(host: string, world: World, client: AgentClient) {
    this.host = host;
    this.world = world;
    this.client = client;
  }

  async run(signal: AbortSignal): Promise<void> {
    // What the others do to the world shows here, too: agents look again and again.
    const looking = setInterval(() => this.report(), 100);
    try {
      for await (const { body } of agentLongPoll(this.client, { signal })) {
        this.state = body.state;
        this.place();
        this.report(body.observeNow);
        for (const operation of body.operations) await this.carryOut(operation);
      }
    } finally {
      clearInterval(looking);
      await this.reporting;
      this.client.close();
    }
  }

  private get controllers(): string[] {
    return (this.state?.pacemaker?.nodes ?? []).map((node) => node.name);
  }

  /** Plays Pacemaker: every router is on some controller that is not drained. */
  private place(): void {
    const { pacemaker } = this.state ?? {};
    for (const router of pacemaker?.routers ?? []) {
      const fit = router.controllers.filter(
        (name) => !this.world.obeysDrain || pacemaker?.nodes.some((node) => node.name === name && !node.drained),
      );
      const owner = this.world.owners.get(router.name);
      const [first] = fit;
      if (first !== undefined && (owner === undefined || !fit.includes(owner))) this.world.owners.set(router.name, first);
    }
  }

  private async carryOut(operation: AgentState["operations"][number]): Promise<void> {
    if (this.controllers[0] !== this.host) return;
    if (operation.state !== "pending") return;
    await this.client.operation(operation.id, { state: "running", message: `${operation.to} is made ready` });
    if (this.world.moveFailure !== null) {
      await this.client.operation(operation.id, { state: "failed", message: this.world.moveFailure });
      return;
    }
    const name = operation.subject.replace("router/", "");
    this.world.owners.set(name, operation.to);
    await this.client.operation(operation.id, { state: "done", message: `${name} is on ${operation.to}` });
  }

  /** One report after the other; a server that is gone is the long poll's business. */
  private report(observeNow: string | null = null): void {
    this.reporting = this.reporting.then(() => this.client.report(this.look(observeNow))).catch(() => undefined);
  }

  private look(observeNow: string | null): HostReport {
    const pendingSteps = this.world.pending.get(this.host) ?? [];
    const { pacemaker } = this.state ?? {};
    return {
      host: this.host,
      observedAt: new Date().toISOString(),
      agentVersion: "0.1.0",
      ...(observeNow === null ? {} : { observeNow }),
      revision: this.state?.revision ?? null,
      converged: this.state !== null && pendingSteps.length === 0,
      paused: this.state?.paused ?? false,
      pendingSteps,
      problems: [],
      guard: pacemaker ? "running" : null,
      pacemaker: pacemaker
        ? {
            cluster: pacemaker.cluster,
            quorate: true,
            dc: this.controllers[0] ?? null,
            fencing: "on",
            online: this.controllers,
            resources: [],
            revision: this.state?.revision ?? null,
            quorumDevice: null,
          }
        : null,
      routers: (pacemaker?.routers ?? []).map((router) => this.lookAtRouter(router)),
      routing: null,
      services: this.lookAtVips(),
      defaultRoutes: [],
      links: null,
      clients: null,
    };
  }

  /**
   * Plays Pacemaker, checker and routing daemon: all anycast VIPs are here, and are announced where they are well; on a drained host they are
   * not, but for the last, and are let go as an agent does that.
   */
  private lookAtVips(): HostReport["services"] {
    const { anycast, pacemaker } = this.state ?? {};
    if (!anycast) return null;
    const node = pacemaker?.nodes.find(({ name, drained }) => name === this.host && drained);
    const isDrained = node !== undefined;
    const isLast = this.world.last === this.host;
    const isOver = Date.now() >= Date.parse(node?.drain?.deadline ?? "");
    const isLetGo = isDrained && (isLast ? isOver && node.drain?.force === true : isOver || this.world.flows === 0);
    const isDown = this.world.down.has(this.host);
    return anycast.namespaces.flatMap((namespace) =>
      namespace.vips.map(({ name, mode, family, address }) => ({
        namespace: namespace.name,
        vip: name,
        mode,
        family,
        address,
        held: !isLetGo,
        announced: isDrained ? isLast && !isLetGo : !isDown,
        health: isDown ? "down" : "up",
        reason: isDown ? "http 8080: connection refused" : "http 8080: status 200",
        since: "2026-01-02T03:00:00.000Z",
        hold: isDrained ? (isLast ? "last" : "drained") : null,
        ...(isDrained ? { flows: this.world.flows } : {}),
      })),
    );
  }

  private lookAtRouter(router: RouterState): HostReport["routers"][number] {
    const isOwner = this.world.owners.get(router.name) === this.host;
    return {
      name: router.name,
      holds: isOwner ? router.vips.map(({ name, family, address }) => ({ name, family, address })) : [],
      namespaceExists: true,
      connectionSync: { running: true, inStep: true, entries: 42, lagMs: 3 },
      dns: null,
      ntp: null,
    };
  }
}

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createAgentClient, createApiClient } from "@rackway/api-client";
import type { AgentClient, ApiClient } from "@rackway/api-client";
import { parseDocument } from "@rackway/schema";
import { createLogger, createServer } from "@rackway/server";
import type { RackwayServer } from "@rackway/server";
import type { ClusterDocument, HostReport, RouterObservation, ServiceVipObservation } from "@rackway/schema";
import { stringify } from "yaml";

import { exampleText, makePacemaker, makeReport } from "../../../apps/server/src/testing/reports.ts";

interface WorldParts {
  readonly url: string;
  readonly adminToken: string;
  readonly client: ApiClient;
  readonly document: ClusterDocument;
  readonly agents: ReadonlyMap<string, AgentClient>;
  readonly addresses: readonly { readonly owner: string; readonly value: string }[];
  readonly dataDirectory: string;
  /** The same server, made anew at the same port. */
  readonly again: () => RackwayServer;
}

/**
 * Two racks as the server sees them when all is well, without a host: a real server that gets the reports which eight agents would send. What
 * is changed here reaches the page as it would from a lab. The lab tests cut real power.
 */
export class WebWorld {
  readonly url: string;
  readonly adminToken: string;
  readonly client: ApiClient;
  readonly #parts: WorldParts;
  #server: RackwayServer;
  #timer: NodeJS.Timeout | undefined;
  /** Router to the host that carries it; hosts that have lost their power. */
  readonly #carriers = new Map([
    ["vr-a", "ctl-a1"],
    ["vr-b", "ctl-b2"],
  ]);
  readonly #dead = new Set<string>();
  /** Hosts whose service behind the VIP `api` does not answer. */
  readonly #down = new Set<string>();

  private constructor(parts: WorldParts, server: RackwayServer) {
    this.#server = server;
    this.url = parts.url;
    this.adminToken = parts.adminToken;
    this.client = parts.client;
    this.#parts = parts;
  }

  static async start(webDirectory: string): Promise<WebWorld> {
    const dataDirectory = await mkdtemp(join(tmpdir(), "rackway-web-"));
    const make = (port: number): RackwayServer =>
      createServer({ dataDirectory, listen: { host: "127.0.0.1", port }, webDirectory, logger: createLogger("error") });
    const server = make(0);
    const running = await server.start();
    const url = running.url ?? "";
    const again = () => make(Number(new URL(url).port));
    const adminToken = (await readFile(running.adminTokenFile, "utf8")).trim();
    const client = createApiClient({ server: url, token: adminToken });
    const document = await twoRacks();
    await apply(client, document, "first racks");
    for (const { dns } of document.spec.virtualRouters) if (dns !== undefined) dns.upstreams = ["198.51.100.53", "2001:db8:53::53"];
    await apply(client, document, "second name server");
    const agents = new Map<string, AgentClient>();
    for (const { name } of document.spec.hosts) {
      const { token } = await client.createHostToken(name);
      agents.set(name, createAgentClient({ server: url, token, host: name }));
    }
    const addresses = [...(await client.networks()).items, ...(await client.pools()).items].flatMap(({ reservations }) => reservations);
    const world = new WebWorld({ url, adminToken, client, document, agents, addresses, dataDirectory, again }, server);
    await world.report();
    world.#timer = setInterval(() => void world.report().catch(() => undefined), 5000);
    return world;
  }

  /** Every host that has power tells what it sees; every five seconds it does so by itself, as agents do. */
  async report(): Promise<void> {
    for (const [name, agent] of this.#parts.agents) {
      if (!this.#dead.has(name)) await agent.report(this.#report(name));
    }
  }

  /** The host falls silent, its peers see it gone, and another one has its router: what agents would tell of a power cut. */
  async cutPower(host: string, heir: string): Promise<void> {
    this.#dead.add(host);
    for (const [router, carrier] of this.#carriers) if (carrier === host) this.#carriers.set(router, heir);
    await this.report();
  }

  async setServiceDown(...hosts: string[]): Promise<void> {
    for (const host of hosts) this.#down.add(host);
    await this.report();
  }

  /** As the agent on the DC would: takes the one operation that waits, and ends it with the router there. */
  async carryOutMove(): Promise<void> {
    const { operations } = await this.client.operations();
    const [operation] = operations.filter(({ state }) => state === "pending");
    const agent = this.#parts.agents.get(operation?.to ?? "");
    if (operation === undefined || agent === undefined) throw new Error("no operation waits");
    await agent.operation(operation.id, { state: "running", message: "the VIPs are on their way" });
    this.#carriers.set(operation.subject.replace("router/", ""), operation.to);
    await this.report();
    await agent.operation(operation.id, { state: "done", message: `it is on ${operation.to}` });
  }

  stopServer(): Promise<void> {
    return this.#server.stop();
  }

  async startServer(): Promise<void> {
    this.#server = this.#parts.again();
    await this.#server.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.client.close();
    for (const agent of this.#parts.agents.values()) agent.close();
    await this.#server.stop();
    await rm(this.#parts.dataDirectory, { recursive: true, force: true });
  }

  #report(name: string): HostReport {
    const host = this.#parts.document.spec.hosts.find((each) => each.name === name);
    if (host?.role !== "controller") return makeReport(name, { revision: 2 });
    const peers = this.#parts.document.spec.hosts.filter(({ rack, role }) => rack === host.rack && role === "controller");
    const online = peers.map((peer) => peer.name).filter((peer) => !this.#dead.has(peer));
    const router = host.rack === "rack-a" ? "vr-a" : "vr-b";
    const carrier = this.#carriers.get(router) ?? "";
    const resources = [{ id: `rw-${router}-vips`, running: [carrier], failed: [] }];
    return makeReport(name, {
      revision: 2,
      pacemaker: makePacemaker(online, { cluster: host.rack, dc: online.at(-1) ?? null, resources, revision: 2 }),
      routers: [this.#router(router, carrier === name)],
      services: this.#services(name),
    });
  }

  #router(name: string, isCarrier: boolean): RouterObservation {
    const held = this.#parts.addresses.filter(({ owner }) => owner.startsWith(`router/${name}/`));
    return {
      name,
      holds: isCarrier ? held.map(({ owner, value }) => ({ ...partsOf(owner), address: value })) : [],
      namespaceExists: true,
      connectionSync: { running: true, inStep: isCarrier ? null : true, entries: 1284, lagMs: isCarrier ? null : 3 },
      dns: { healthy: true },
      ntp: { healthy: true, offsetMs: 0.2 },
    };
  }

  #services(host: string): ServiceVipObservation[] {
    return this.#parts.addresses
      .filter(({ owner }) => owner.startsWith("vip/"))
      .map(({ owner, value }) => {
        const vip = owner.split("/")[1] ?? "";
        const isDown = vip === "api" && this.#down.has(host);
        return {
          namespace: "web",
          vip,
          mode: "anycast",
          family: value.includes(":") ? 6 : 4,
          address: value,
          held: true,
          announced: !isDown,
          health: isDown ? "down" : "up",
          reason: isDown ? "http 8080: 2 of 2 failed: connection refused" : "http 8080: status 200",
          since: new Date(Date.now() - 7_380_000).toISOString(),
          hold: null,
        };
      });
  }
}

function partsOf(owner: string): { name: "public" | "management"; family: 4 | 6 } {
  const [, , name, family] = owner.split("/");
  return { name: name === "public" ? "public" : "management", family: family === "4" ? 4 : 6 };
}

/** The default lab's hosts and routers, and anycast VIPs on them. */
async function twoRacks(): Promise<ClusterDocument> {
  const [anycast, routers] = [await readExample("anycast"), await readExample("default-lab")];
  const [web] = anycast.spec.vips;
  if (web === undefined) throw new Error("examples/anycast.yaml has no VIP");
  anycast.metadata.name = "dc1";
  anycast.spec.virtualRouters = routers.spec.virtualRouters;
  anycast.spec.vips = [web, { ...structuredClone(web), name: "api" }, { ...structuredClone(web), name: "registry" }];
  return anycast;
}

async function readExample(name: string): Promise<ClusterDocument> {
  const parsed = parseDocument([{ name, text: await exampleText(name) }]);
  if (!parsed.ok) throw new Error(`examples/${name}.yaml is broken`);
  return parsed.document;
}

async function apply(client: ApiClient, document: ClusterDocument, comment: string): Promise<void> {
  await client.apply({ files: [{ name: "dc1.yaml", text: stringify(document) }], comment });
}

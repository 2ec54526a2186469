import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runningPacemakerClusters } from "@rackway/ipam";
import { ControlPlane, Lab, type LabExample, LabError, topologyFileOf, vipsNotHeld } from "@rackway/lab";
import { parseDocument, type ClusterDocument, type Status } from "@rackway/schema";
import { parse, stringify } from "yaml";
import { labPlace } from "./lab-place.ts";
import type { Place } from "./place.ts";

const examples = resolve(import.meta.dirname, "../../examples");

export interface StandOptions {
  /** Name of the lab: one a test file, so that two never meet. */
  name: string;
  /** Example document, and the topology that it describes. Default: `default-lab`. */
  example?: LabExample;
  /** Only these racks of it; most tests need one, and a lab of one is up in half the time. */
  racks?: string[];
  /** Changes the topology's text, parsed as YAML, before the lab is built from it. */
  editTopology?: (topology: TopologyText) => void;
  /** Changes the parsed document before it is applied. */
  edit?: (document: ClusterDocument) => void;
  onProgress?: (text: string) => void;
}

/** What of a topology's text a test changes; the lab checks the whole. */
export interface TopologyText {
  daemon?: "frr" | "bird";
  routers: { name: string; towardsHosts?: object; keepsFlows?: boolean }[];
}

export type RouterVips = Record<"public" | "management", { ipv4: string; ipv6: string }>;

/**
 * A whole Rackway: a lab, the production server, enrolled agents, an applied document, all converged. What tests and soaks stand on.
 * Everything that it tells of owners is asked of the kernels, not of Rackway.
 */
export class Stand {
  readonly lab: Lab;
  readonly controlPlane: ControlPlane;
  /** The document as it was applied. */
  readonly document: ClusterDocument;
  readonly #knownVips = new Map<string, RouterVips>();

  private constructor(lab: Lab, controlPlane: ControlPlane, document: ClusterDocument) {
    this.lab = lab;
    this.controlPlane = controlPlane;
    this.document = document;
  }

  static async up(options: StandOptions): Promise<Stand> {
    const example = options.example ?? "default-lab";
    const document = readExample(example);
    if (options.racks) keepRacks(document, options.racks);
    options.edit?.(document);
    const progress = options.onProgress ?? (() => undefined);
    const lab = await Lab.up({
      name: options.name,
      topologyFile: editedTopology(example, options.editTopology),
      racks: options.racks,
      onProgress: progress,
    });
    try {
      const controlPlane = await ControlPlane.start(lab);
      await controlPlane.apply(`${example}.yaml`, stringify(document));
      await controlPlane.enrollHosts();
      await controlPlane.converged(progress);
      return new Stand(lab, controlPlane, document);
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  async down(): Promise<void> {
    await this.controlPlane.stop();
    await this.lab.down();
  }

  place(host: string): Place {
    return labPlace(this.lab, host);
  }

  /** Names of the controllers of a rack, in the document's order. */
  controllers(rack = this.document.spec.racks[0]?.name): string[] {
    return this.document.spec.hosts.filter((host) => host.role === "controller" && host.rack === rack).map((host) => host.name);
  }

  /** The VIPs of a router, as the server has allocated them; without a server, as it said when it was asked last. */
  async vips(router: string): Promise<RouterVips> {
    const vips = await this.askVips(router).catch((error: unknown) => {
      const known = this.#knownVips.get(router);
      if (known === undefined) throw error;
      return known;
    });
    this.#knownVips.set(router, vips);
    return vips;
  }

  private async askVips(router: string): Promise<RouterVips> {
    const { reservations } = await this.controlPlane.client.router(router);
    const find = (name: string, family: number): string =>
      reservations.find((reservation) => reservation.owner === `router/${router}/${name}/${family}`)?.value ?? "";
    return {
      public: { ipv4: find("public", 4), ipv6: find("public", 6) },
      management: { ipv4: find("management", 4), ipv6: find("management", 6) },
    };
  }

  /** Hosts that are on whose kernel has the router's VIPs, in its namespace, not muted. Asked of each host's kernel. */
  async owners(router = "vr-a"): Promise<string[]> {
    const hosts = this.document.spec.hosts
      .filter((host) => host.role === "controller" && this.lab.isOn(host.name))
      .map((host) => host.name);
    const script = `ip netns exec rw-${router} sh -c '! nft list tables | grep -q rackway-mute && ip -o address show dev public scope global | grep -q public'`;
    const answers = await Promise.all(hosts.map(async (host) => ((await this.answers(host, script)) ? host : null)));
    return answers.filter((host) => host !== null);
  }

  /** Whether a script says yes on a host. A host that is fenced in the moment of asking says no. */
  private async answers(host: string, script: string): Promise<boolean> {
    try {
      return (await this.lab.sh(host, script)).code === 0;
    } catch (error) {
      if (error instanceof LabError && error.code === "host-off") return false;
      throw error;
    }
  }

  /** The one owner. @throws when there is none, or more than one */
  async owner(router = "vr-a"): Promise<string> {
    const owners = await this.owners(router);
    const [owner] = owners;
    if (owner === undefined || owners.length !== 1) throw new Error(`${router} has ${owners.length} owners: ${owners.join(", ")}`);
    return owner;
  }

  /** Waits for exactly one owner, other than `not` when that is given. */
  async ownerOtherThan(not: string | null, router = "vr-a", timeoutMs = 30_000): Promise<string> {
    return this.until(`one owner of ${router}${not === null ? "" : ` that is not ${not}`}`, timeoutMs, async () => {
      const owners = await this.owners(router);
      return owners.length === 1 && owners[0] !== not ? owners[0] : undefined;
    });
  }

  /** The designated controller, by Pacemaker's own word on `host`. */
  async dc(host: string): Promise<string | null> {
    const { stdout } = await this.lab.exec(host, ["crm_mon", "--one-shot", "--output-as=xml"]);
    return /<current_dc [^>]*name="([^"]+)"/.exec(stdout)?.[1] ?? null;
  }

  /** Asks again and again until there is an answer. @throws naming `what` when there is none in time */
  async until<Answer>(what: string, timeoutMs: number, ask: () => Promise<Answer | undefined>): Promise<Answer> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (Date.now() > end) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
      await sleep(100);
    }
  }

  /** Waits until all hosts that are on are converged again, and every router is carried. */
  converged(): Promise<Status> {
    return this.controlPlane.converged();
  }

  /** Undoes every failure, brings power back, and waits until all is as the document says. */
  async mend(): Promise<Status> {
    await this.lab.heal();
    return this.wholeAgain();
  }

  /** Waits until every Pacemaker cluster has done all that it has decided: what a host that came back starts there, its agent does not wait for. */
  async pacemakerAtRest(): Promise<void> {
    await Promise.all(
      runningPacemakerClusters(this.document).map(async ({ controllers }) => {
        const host = controllers.find(({ name }) => this.lab.isOn(name))?.name;
        if (host !== undefined) await this.lab.run(host, ["crm_resource", "--wait", "--timeout=60s"], { timeoutMs: 70_000 });
      }),
    );
  }

  /**
   * Carries out a round of a scenario. What fails takes along what Pacemaker says of it, and the lab is mended: the next round has a fair start.
   */
  async round<Result>(body: () => Promise<Result>): Promise<Result> {
    try {
      return await body();
    } catch (error) {
      const picture = await this.picture();
      await this.mend().catch(() => {}); // What is not mended fails the next round, in words of its own.
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${picture}`, { cause: error });
    }
  }

  /** The cluster as a host that is on sees it. */
  private async picture(): Promise<string> {
    for (const host of this.controllers().filter((controller) => this.lab.isOn(controller))) {
      const { code, stdout } = await this.lab.exec(host, ["timeout", "10", "crm_mon", "-1rfA"]).catch(() => ({ code: -1, stdout: "" }));
      if (code === 0) return `as ${host} sees it:\n${stdout}`;
    }
    return "no controller answers";
  }

  /** Waits until all is as the document says, without doing anything for it. */
  wholeAgain(timeoutMs = 90_000): Promise<Status> {
    return this.until("all hosts online, converged, with their routers in step", timeoutMs, async () => {
      const status = await this.controlPlane.client.status().catch(() => null);
      const isWhole =
        status?.hosts.every((host) => host.online && host.agent === "ok" && host.converged === true && this.#isOfThisBoot(host)) === true &&
        status.routers.every((router) => router.active !== null && (router.connectionSync?.inStep ?? true)) &&
        status.pacemaker.every((cluster) => cluster.quorate && cluster.dc !== null) &&
        vipsNotHeld(status, (host) => this.lab.isOn(host)).length === 0;
      return isWhole ? status : undefined;
    });
  }

  /** Whether what is known of a host was seen since it booted: what it said before its power was cut holds for some seconds more. */
  #isOfThisBoot({ name, ageMs }: Status["hosts"][number]): boolean {
    if (!this.lab.isOn(name)) return false;
    return ageMs !== null && Date.now() - ageMs > statSync(this.lab.files.hostPath(name, "init")).mtimeMs;
  }

  /** A command in a router's namespace on a host. */
  inRouter(host: string, script: string, router = "vr-a"): ReturnType<Lab["sh"]> {
    return this.lab.sh(host, `exec ip netns exec rw-${router} sh -c '${script}'`);
  }

  /** Makes routers refuse flows that they did not see begin: only synchronised state lets one survive (FACTS.md, "A trap for tests"). */
  async refuseUnknownFlows(router = "vr-a", rack = this.document.spec.racks[0]?.name): Promise<void> {
    await Promise.all(
      this.controllers(rack).map((host) => this.inRouter(host, "sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0", router)),
    );
  }
}

function readExample(name: string): ClusterDocument {
  const file = join(examples, `${name}.yaml`);
  const parsed = parseDocument([{ name: file, text: readFileSync(file, "utf8") }]);
  if (!parsed.ok) throw new Error(`${file}: ${parsed.issues.map((issue) => issue.message).join("; ")}`);
  return parsed.document;
}

function keepRacks(document: ClusterDocument, racks: readonly string[]): void {
  const { spec } = document;
  const isKept = (rack: string | undefined): boolean => rack !== undefined && racks.includes(rack);
  spec.racks = spec.racks.filter((rack) => isKept(rack.name));
  spec.hosts = spec.hosts.filter((host) => isKept(host.rack));
  spec.virtualRouters = spec.virtualRouters.filter((router) => isKept(router.rack));
  if (spec.pacemaker) spec.pacemaker = spec.pacemaker.filter((cluster) => cluster.racks.every(isKept));
}

/**
 * The file of an example's topology, itself where nothing is changed; else a file of its own that is gone when this process is. `RACKWAY_LAB_ROUTERS`
 * (`frr`, `bird`) in the environment puts another routing daemon on the lab's routers, where a test does not ask for one itself.
 */
export function editedTopology(example: LabExample, edit: StandOptions["editTopology"]): string {
  const file = topologyFileOf(example);
  const daemon = routingDaemonOfAll();
  if (edit === undefined && daemon === undefined) return file;
  const topology = parse(readFileSync(file, "utf8")) as TopologyText;
  if (daemon !== undefined) topology.daemon = daemon;
  edit?.(topology);
  const directory = mkdtempSync(join(tmpdir(), "rackway-topology-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const edited = join(directory, "topology.yaml");
  writeFileSync(edited, stringify(topology));
  return edited;
}

function routingDaemonOfAll(): TopologyText["daemon"] {
  const daemon = process.env["RACKWAY_LAB_ROUTERS"];
  if (daemon === undefined || daemon === "frr" || daemon === "bird") return daemon;
  throw new Error(`RACKWAY_LAB_ROUTERS is "${daemon}", not frr or bird`);
}

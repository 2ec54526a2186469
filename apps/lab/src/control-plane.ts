import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createApiClient, type ApiClient } from "@rackway/api-client";
import type { Status } from "@rackway/schema";
import { checkout } from "./bring-up.ts";
import type { Lab } from "./lab.ts";
import { LabError } from "./lab-error.ts";
import type { LabFiles } from "./lab-files.ts";
import { isAlive, readProcessId, writeProcessId } from "./processes.ts";

export interface ControlPlaneOptions {
  /** Also listen here (`HOST:PORT`); the hosts' agents always have the Unix socket. */
  listen?: string | undefined;
}

/** How long the hosts may take from an applied document to "as it says". */
const convergenceMs = 120_000;

/**
 * The production server beside a lab: a process of its own on the machine, its data in the lab's folder (gone with the lab), reached by
 * the hosts' agents through a Unix socket in the folder that every lab host has at /run/rackway-server.
 */
export class ControlPlane {
  readonly lab: Lab;
  readonly adminTokenFile: string;
  readonly socket: string;
  readonly #options: ControlPlaneOptions;
  #child: ChildProcess | null = null;
  #client: ApiClient | null = null;

  private constructor(lab: Lab, options: ControlPlaneOptions) {
    this.lab = lab;
    this.#options = options;
    this.socket = join(lab.serverDirectory, "server.sock");
    this.adminTokenFile = join(ControlPlane.dataDirectory(lab), "admin-token");
  }

  /** Speaks as the administrator. */
  get client(): ApiClient {
    this.#client ??= createApiClient({ server: `unix://${this.socket}`, token: readFileSync(this.adminTokenFile, "utf8").trim() });
    return this.#client;
  }

  /** Database and admin token: beside what the hosts can see, not in it. */
  static dataDirectory(lab: Lab): string {
    return lab.files.path("control-plane");
  }

  /** Whether a server beside the lab is alive, whoever started it. */
  static isRunning(lab: Lab): boolean {
    const server = readProcessId(serverProcessFile(lab.files));
    return server !== undefined && isAlive(server);
  }

  /** Starts the server and resolves when it answers. @throws {LabError} `server-failed`, `payload-missing` */
  static async start(lab: Lab, options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    if (!existsSync(join(lab.record.payload, "rackway")))
      throw new LabError("payload-missing", `there is no agent for the lab's hosts in ${lab.record.payload}`, "`npm run build` makes it");
    const controlPlane = new ControlPlane(lab, options);
    await controlPlane.startServer();
    return controlPlane;
  }

  /** Starts the server again after `stopServer`, on the same data. */
  async startServer(): Promise<void> {
    const data = ControlPlane.dataDirectory(this.lab);
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const log = openSync(join(data, "server.log"), "a", 0o600);
    const flags = ["--data", data, "--socket", this.socket, "--listen", this.#options.listen ?? "none"];
    const child = spawn(join(checkout, "rackway"), ["server", ...flags], { stdio: ["ignore", log, log], detached: true });
    this.#child = child;
    // `lab down` ends it, whoever started it.
    writeProcessId(serverProcessFile(this.lab.files), child.pid);
    for (let tries = 0; tries < 200; tries += 1) {
      if (child.exitCode !== null) break;
      if (existsSync(this.adminTokenFile) && (await this.client.health().then(Boolean, () => false))) return;
      await sleep(100);
    }
    await this.stopServer();
    const tail = readFileSync(join(data, "server.log"), "utf8").trim().split("\n").slice(-3).join("\n");
    throw new LabError("server-failed", `the server does not come up: ${tail}`);
  }

  /** Ends the server: `SIGTERM` as an operator would, `SIGKILL` as a crash. */
  async stopServer(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await Promise.race([ended, sleep(5_000).then(() => child.kill("SIGKILL"))]);
  }

  get serverPid(): number | undefined {
    return this.#child?.pid;
  }

  /** Gives every host of the racks a token of its own; its agent starts as soon as it has one. */
  async enrollHosts(hosts: readonly string[] = this.lab.rackHosts): Promise<void> {
    await Promise.all(
      hosts.map(async (host) => {
        const { token } = await this.client.createHostToken(host);
        await this.lab.writeFile(host, "/etc/rackway/token", `${token}\n`, "600");
      }),
    );
  }

  /** Applies a document. @throws {RackwayError} with the document's issues */
  async apply(name: string, text: string): Promise<void> {
    await this.client.apply({ files: [{ name, text }] });
  }

  /** Waits until every host that is on reports that it is as the document says, every router is carried by one host, and VIPs stand where they are to. */
  async converged(onWait: (missing: string) => void = () => undefined): Promise<Status> {
    const end = Date.now() + convergenceMs;
    let missing = "";
    let problems = "";
    while (Date.now() < end) {
      const status = await this.client.status();
      const now = whatIsMissing(status, this.lab).join(", ");
      if (now === "") return status;
      if (now !== missing) onWait(now);
      missing = now;
      problems = status.problems.map(({ subject, message }) => `\n${subject}: ${message}`).join("");
      await sleep(500);
    }
    throw new LabError("not-converged", `after ${convergenceMs / 1000} s: ${missing}${problems}`);
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.stopServer();
  }
}

function serverProcessFile(files: LabFiles): string {
  return files.path("control-plane", "server");
}

function whatIsMissing(status: Status, lab: Lab): string[] {
  const hosts = status.hosts
    .filter((host) => lab.plan.hosts.some(({ name }) => name === host.name) && lab.isOn(host.name))
    .filter((host) => host.agent !== "ok" || host.converged !== true || !host.online)
    .map((host) => `${host.name} (${host.agent === "ok" ? "converging" : `agent ${host.agent}`})`);
  const routers = status.routers.filter((router) => router.active === null).map((router) => `${router.name} (no host carries it yet)`);
  return [...hosts, ...routers, ...vipsNotHeld(status, (host) => lab.plan.hosts.some(({ name }) => name === host) && lab.isOn(host))];
}

/** Anycast VIPs stand on every host that is to hold them and is awaited, one with one owner on one. A drained host holds what it likes. */
export function vipsNotHeld({ vips, hosts }: Pick<Status, "vips" | "hosts">, isAwaited: (host: string) => boolean): string[] {
  const drained = new Set(hosts.flatMap(({ name, drained: is }) => (is ? [name] : [])));
  return vips.flatMap(({ name, mode, address, eligible, owners }) => {
    const held = owners.length === 1 ? [] : [`${name} (${address} is on ${owners.length} hosts)`];
    if (mode !== "anycast") return held;
    const missing = eligible.filter((host) => isAwaited(host) && !drained.has(host) && !owners.includes(host));
    return missing.length === 0 ? [] : [`${name} (${address} is not on ${missing.join(", ")} yet)`];
  });
}

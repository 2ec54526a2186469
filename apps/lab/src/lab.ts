import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { UpOptions } from "./bring-up.ts";
import { bringUp, settleFabric } from "./bring-up.ts";
import type { CommandResult } from "./command.ts";
import type { Faults, LossDirection } from "./faults.ts";
import { healed, requireCable, withLink, withLoss, withPartition } from "./faults.ts";
import type { ExecOptions } from "./host-exec.ts";
import { Capture, execInHost, HostChild, hostCommand } from "./host-exec.ts";
import { applyFaults, initOf, powerOff, powerOn, requireInit } from "./host-power.ts";
import { LabError, unknownName } from "./lab-error.ts";
import type { LabRecord } from "./lab-files.ts";
import { LabFiles, requireHost } from "./lab-files.ts";
import { withLock } from "./lock.ts";
import type { LabPlan } from "./plan.ts";
import { startPowerDaemon } from "./power-client.ts";
import type { HostProcess } from "./processes.ts";
import { goesBy, listProcesses, preferPrograms, signalProcess } from "./processes.ts";
import { takeDown } from "./take-down.ts";

/**
 * A lab that is up. Everything that changes it is on disk and under locks, so that the command line, the fencing daemon and any number of
 * `Lab` objects, in as many processes, see the same lab. Failures are real, and `heal` undoes them.
 */
export class Lab {
  readonly files: LabFiles;
  readonly record: LabRecord;
  readonly #children = new Set<HostChild>();

  private constructor(files: LabFiles, record: LabRecord) {
    this.files = files;
    this.record = record;
  }

  /** Builds a lab, and returns when its hosts have booted and its routers know each other's networks. @throws {LabError} */
  static async up(options: UpOptions = {}): Promise<Lab> {
    const { files, record } = await bringUp(options);
    return new Lab(files, record);
  }

  /** A lab that somebody else has brought up. @throws {LabError} `lab-unknown` */
  static open(name = "default"): Lab {
    const files = new LabFiles(name);
    return new Lab(files, files.readRecord());
  }

  get name(): string {
    return this.record.name;
  }

  get plan(): LabPlan {
    return this.record.plan;
  }

  /** The directory that every host has at /run/rackway-server: a server that listens on a socket in it is reached by every agent. */
  get serverDirectory(): string {
    return this.files.path("server");
  }

  /** Names of the hosts in racks, in the topology's order. */
  get rackHosts(): string[] {
    return this.plan.hosts.filter(({ kind }) => kind === "rack").map(({ name }) => name);
  }

  /** Removes everything: processes, namespaces, mounts, files. */
  async down(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.stop("SIGKILL")));
    await takeDown(this.files);
  }

  /** The host's PID 1, in the machine's numbers. @throws {LabError} `host-unknown` | `host-off` */
  initPid(host: string): number {
    requireHost(this.plan, host);
    return requireInit(this.files, host).pid;
  }

  isOn(host: string): boolean {
    requireHost(this.plan, host);
    return initOf(this.files, host) !== undefined;
  }

  /** Runs a command in a host to its end; whatever its exit code, it is returned. @throws {LabError} `host-unknown` | `host-off` */
  async exec(host: string, argv: readonly string[], options: ExecOptions = {}): Promise<CommandResult> {
    return execInHost(this.initPid(host), argv, options);
  }

  /** Like `exec`, but returns standard output. @throws {LabError} `command-failed` when the exit code is not 0 */
  async run(host: string, argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.exec(host, argv, options);
    if (code !== 0)
      throw new LabError("command-failed", `${host}: ${argv.join(" ")} exited with ${code}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  }

  /** A shell script in a host. */
  sh(host: string, script: string, options: ExecOptions = {}): Promise<CommandResult> {
    return this.exec(host, ["sh", "-c", script], options);
  }

  /** Starts a long-running command in a host. It ends with `stop()`, with the host, or with the lab. */
  spawn(host: string, argv: readonly string[], options: Pick<ExecOptions, "netns"> = {}): HostChild {
    const child = new HostChild(this.initPid(host), argv, options.netns);
    this.#children.add(child);
    const forget = (): void => void this.#children.delete(child);
    child.ended.then(forget, forget);
    return child;
  }

  /** The argument list with which another program can run something in the host (a terminal, a probe with its own pipes). */
  commandIn(host: string, argv: readonly string[], options: Pick<ExecOptions, "netns"> & { term?: string | undefined } = {}): string[] {
    return hostCommand(this.initPid(host), argv, options.netns, options.term);
  }

  /** Writes a file in a host. */
  async writeFile(host: string, path: string, text: string, mode = "644"): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && umask 077 && cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"';
    await this.run(host, ["sh", "-c", script, "sh", path, mode], { input: text });
  }

  /** Captures packets on an interface of a host or router; returns once tcpdump listens. `filter` as in pcap-filter(7). */
  async capture(host: string, iface: string, filter = "", options: Pick<ExecOptions, "netns"> = {}): Promise<Capture> {
    return Capture.start(this.initPid(host), iface, filter, options.netns);
  }

  /** What the host's boot and its last run wrote to its console. */
  console(host: string): string {
    requireHost(this.plan, host);
    const path = this.files.hostPath(host, "console.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Cuts the power: returns when nothing of the host answers any more. */
  async powerOff(host: string): Promise<void> {
    requireHost(this.plan, host);
    await powerOff(this.files, this.record, host);
  }

  /** Returns when the host's network is up and its services are being started. */
  async powerOn(host: string): Promise<void> {
    requireHost(this.plan, host);
    await powerOn(this.files, this.record, host);
  }

  /** Pulls a cable, at the switch's end: the host sees its carrier go. */
  async link(host: string, network: string, state: "down" | "up"): Promise<void> {
    requireHost(this.plan, host);
    requireCable(this.plan, host, network);
    await this.#changeFaults((faults) => withLink(faults, host, network, state));
  }

  /** Drops a share of the packets on the cable; 0 takes the loss away, 100 loses all while the link stays up. */
  async loss(host: string, network: string, percent: number, direction: LossDirection = "both"): Promise<void> {
    requireHost(this.plan, host);
    requireCable(this.plan, host, network);
    await this.#changeFaults((faults) => withLoss(faults, { host, network, percent, direction }));
  }

  /** Nothing passes between the two sides, on any network, also routed. Several can be in force at a time. */
  async partition(one: string[], other: string[]): Promise<void> {
    await this.#changeFaults((faults) => withPartition(faults, this.plan, [one, other]));
  }

  /** The failures of the network that are in force. */
  faults(): Faults {
    return this.files.readFaults();
  }

  /** Stops processes by name with SIGSTOP, or every process of the host with `all`; returns how many. @throws {LabError} `process-unknown` */
  async freeze(host: string, name: string): Promise<number> {
    const init = this.initPid(host);
    if (name === "all") return freezeAll(init);
    const found = this.#findProcesses(host, name);
    for (const { pid } of found) signalProcess(pid, "SIGSTOP");
    return found.length;
  }

  /** Kills processes by name with SIGKILL; returns how many. @throws {LabError} `process-unknown` */
  async kill(host: string, name: string): Promise<number> {
    const found = this.#findProcesses(host, name);
    for (const { pid } of found) signalProcess(pid, "SIGKILL");
    return found.length;
  }

  /** Undoes failures of one host, or of all: links, losses, partitions, frozen processes, power. */
  async heal(host?: string): Promise<void> {
    if (host !== undefined) requireHost(this.plan, host);
    await startPowerDaemon(this.files);
    await this.#changeFaults((faults) => healed(faults, host));
    const hosts = host === undefined ? this.plan.hosts.map(({ name }) => name) : [host];
    await Promise.all(hosts.map((name) => this.#thawOrPowerOn(name)));
  }

  /** Processes of a host that is on. */
  processes(host: string): HostProcess[] {
    return listProcesses(this.initPid(host));
  }

  /** Waits until every router knows every network of the lab again. */
  async settle(): Promise<void> {
    await settleFabric(this.files, this.record);
  }

  async #thawOrPowerOn(host: string): Promise<void> {
    const init = initOf(this.files, host);
    if (!init) return powerOn(this.files, this.record, host);
    for (const { pid, isStopped } of listProcesses(init.pid)) if (isStopped) signalProcess(pid, "SIGCONT");
  }

  async #changeFaults(change: (faults: Faults) => Faults): Promise<void> {
    await withLock(this.files.path("lock"), async () => {
      this.files.writeFaults(change(this.files.readFaults()));
      const routers = this.plan.hosts.filter(({ kind }) => kind === "router");
      await Promise.all(routers.map(({ name }) => applyFaults(this.files, this.record, name)));
    });
  }

  #findProcesses(host: string, name: string): HostProcess[] {
    const all = this.processes(host);
    const found = preferPrograms(
      all.filter((candidate) => goesBy(candidate, name)),
      name,
    );
    if (found.length > 0) return found;
    throw unknownName("process-unknown", `process on ${host}`, name, [...new Set(all.map(({ comm }) => comm))].sort());
  }
}

/** Processes that are born while others are being stopped are found in the next round; it ends when a round finds none that runs. */
async function freezeAll(init: number): Promise<number> {
  for (;;) {
    const processes = listProcesses(init);
    const running = processes.filter(({ isStopped }) => !isStopped);
    if (running.length === 0) return processes.length;
    for (const { pid } of running) signalProcess(pid, "SIGSTOP");
    await sleep(2);
  }
}

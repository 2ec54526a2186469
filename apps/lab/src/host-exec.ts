import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import type { CommandResult } from "./command.ts";
import { exitCode, killGroup, runCommand } from "./command.ts";

export interface ExecOptions {
  /** A network namespace inside the host, by name. */
  netns?: string | undefined;
  input?: string | undefined;
  /** Default 60 000; then the command is killed and its code is 124. */
  timeoutMs?: number | undefined;
}

/**
 * The command as the machine runs it to have it inside a host: in all of the host's namespaces, so that it dies with the host, with the
 * host's environment and without the capabilities that the host lacks.
 */
export function hostCommand(init: number, argv: readonly string[], netns?: string, term = "dumb"): string[] {
  return [
    ...["nsenter", "-t", String(init), "-m", "-u", "-i", "-n", "-p", "--"],
    ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", `TERM=${term}`],
    ...["setpriv", "--bounding-set=-sys_time,-sys_module,-sys_rawio"],
    ...(netns === undefined ? [] : ["ip", "netns", "exec", netns]),
    ...argv,
  ];
}

export function execInHost(init: number, argv: readonly string[], options: ExecOptions = {}): Promise<CommandResult> {
  return runCommand(hostCommand(init, argv, options.netns), { input: options.input, timeoutMs: options.timeoutMs });
}

/** A long-running command inside a host, with its own process group. */
export class HostChild {
  readonly process: ChildProcessWithoutNullStreams;
  /** Everything that it has written so far. */
  stdout = "";
  stderr = "";
  /** The exit code, when it has ended and all its output is here. */
  readonly ended: Promise<number>;

  constructor(init: number, argv: readonly string[], netns?: string) {
    const [file = "", ...rest] = hostCommand(init, argv, netns);
    this.process = spawn(file, rest, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
    this.process.stdout.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.process.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve, reject) => {
      this.process.on("error", reject);
      this.process.on("close", (code, signal) => resolve(exitCode(code, signal)));
    });
    // Whoever does not wait for the end must not be stopped by it.
    this.ended.catch(() => undefined);
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Sends a signal to the command and all that it started; returns its exit code when it has ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    if (this.isRunning) killGroup(this.process.pid, signal);
    return this.ended;
  }

  /**
   * Resolves once `pattern` has appeared in what the command wrote to standard output or standard error.
   * @throws when the command ends before, or after `timeoutMs`
   */
  waitFor(pattern: RegExp, timeoutMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const isThere = (): boolean => pattern.test(this.stdout) || pattern.test(this.stderr);
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        this.process.stdout.off("data", look);
        this.process.stderr.off("data", look);
        if (error) reject(error);
        else resolve();
      };
      const look = (): void => {
        if (isThere()) finish();
      };
      const timer = setTimeout(() => finish(new Error(`no ${pattern} within ${timeoutMs} ms: ${this.stderr || this.stdout}`)), timeoutMs);
      this.process.stdout.on("data", look);
      this.process.stderr.on("data", look);
      this.process.once("close", () =>
        isThere() ? finish() : finish(new Error(`ended without ${pattern}: ${this.stderr || this.stdout}`)),
      );
      look();
    });
  }
}

/** A running tcpdump(8). */
export class Capture {
  readonly #child: HostChild;

  private constructor(child: HostChild) {
    this.#child = child;
  }

  /** Returns once tcpdump listens: what happens afterwards is in the capture. */
  static async start(init: number, iface: string, filter: string, netns?: string): Promise<Capture> {
    const argv = [
      "tcpdump",
      "-i",
      iface,
      "-tttt",
      "-e",
      "-n",
      "-l",
      "-s",
      "256",
      "-B",
      "8192",
      "--immediate-mode",
      ...filter.split(/\s+/).filter(Boolean),
    ];
    const child = new HostChild(init, argv, netns);
    await child.waitFor(/listening on/);
    return new Capture(child);
  }

  /** Lines so far; the last may still be on its way. */
  get lines(): string[] {
    return this.#child.stdout.split("\n").filter(Boolean);
  }

  /** Ends the capture and returns all of its lines, one packet each. @throws when the kernel had to drop packets. */
  async stop(): Promise<string[]> {
    await this.#child.stop("SIGINT");
    const dropped = /^(\d+) packets dropped by kernel/m.exec(this.#child.stderr)?.[1];
    if (dropped !== undefined && dropped !== "0") throw new Error(`the capture is not complete: ${dropped} packets dropped by the kernel`);
    return this.lines;
  }
}

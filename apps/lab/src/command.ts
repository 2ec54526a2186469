import { spawn } from "node:child_process";
import { LabError } from "./lab-error.ts";

export interface CommandOptions {
  input?: string | undefined;
  /** After this the command and its process group are killed; default 60 000. */
  timeoutMs?: number | undefined;
  /** Called with every complete line of standard error. */
  onLine?: (line: string) => void;
}

export interface CommandResult {
  /** Exit code; 128 + signal when a signal ended it; 124 when it ran into `timeoutMs`. */
  code: number;
  stdout: string;
  stderr: string;
}

const signals: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

export function exitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signals[signal ?? "SIGKILL"] ?? 9);
}

/** Runs a command to its end. It has a process group of its own, so that a timeout leaves nothing of it behind. */
export function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file = "", ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let pending = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, options.timeoutMs ?? 60_000);
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr.push(chunk);
      if (!options.onLine) return;
      const lines = (pending + chunk.toString()).split("\n");
      pending = lines.pop() ?? "";
      lines.forEach(options.onLine);
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({
        code: timedOut ? 124 : exitCode(code, signal),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    // A command that ends without reading its input is its own affair: the exit code tells.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

/** @throws {LabError} `command-failed` when the command does not exit with 0. */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(argv, options);
  if (code !== 0) throw new LabError("command-failed", `${argv.join(" ")} exited with ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

/** SIGKILL to a process group; one that has gone already is no error. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

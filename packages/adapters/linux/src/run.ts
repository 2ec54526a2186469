import { spawn } from "node:child_process";

/** What a command left behind. `code` is 127 where it could not be started, 124 where it was killed for taking too long (as timeout(1) has it). */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  /** Killed (SIGKILL, with its children) after this long. */
  readonly timeoutMs?: number;
  /** Run in this named network namespace (`ip netns exec`). */
  readonly netns?: string;
}

/** Runs one command: no shell, bounded in time and output. Never rejects: a command that fails is a result. */
export type CommandRunner = (argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

const defaultTimeoutMs = 10_000;
const outputLimitBytes = 64 * 1024 * 1024;
/** Daemons on a host find ours in sbin; an agent started by init may have a PATH without it. */
const commandPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The runner that really runs. Output is read as UTF-8, in the C locale, so that what is parsed does not depend on the host's language. */
export const runCommand: CommandRunner = (argv, options = {}) => {
  const full = options.netns === undefined ? [...argv] : ["ip", "netns", "exec", options.netns, ...argv];
  const [command, ...rest] = full;
  if (command === undefined) throw new Error("runCommand: empty argv");
  return new Promise((resolve) => {
    const child = spawn(command, rest, {
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: { ...process.env, PATH: commandPath, LC_ALL: "C" },
      // A group of its own: what is killed for taking too long must not leave children holding the pipes.
      detached: true,
    });
    const output = { stdout: collect(), stderr: collect() };
    let verdict: CommandResult | null = null;
    const stop = (code: number, reason: string): void => {
      verdict ??= { code, stdout: "", stderr: reason };
      killGroup(child.pid);
    };
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const timer = setTimeout(() => stop(124, `${command}: no end after ${timeoutMs} ms`), timeoutMs);
    const take = (into: Collector) => (chunk: Buffer) => {
      if (!into.add(chunk)) stop(125, `${command}: more than ${outputLimitBytes} bytes of output`);
    };
    child.stdout?.on("data", take(output.stdout));
    child.stderr?.on("data", take(output.stderr));
    child.stdin?.on("error", () => undefined); // It may exit without reading all: its exit code says what that means.
    child.stdin?.end(options.input);
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: "", stderr: `${command}: ${error.message}` });
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(verdict ?? { code: code ?? 128, stdout: output.stdout.text(), stderr: output.stderr.text() });
    });
  });
};

interface Collector {
  add(chunk: Buffer): boolean;
  text(): string;
}

function collect(): Collector {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  return {
    add(chunk) {
      sizeBytes += chunk.length;
      if (sizeBytes <= outputLimitBytes) chunks.push(chunk);
      return sizeBytes <= outputLimitBytes;
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Already gone.
  }
}

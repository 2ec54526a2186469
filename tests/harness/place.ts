import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";

/**
 * Where a command runs: a lab host, a network namespace within it, or a throw-away namespace of a test. `wrap` turns a command into one
 * that the machine can start (`nsenter …`, `ip netns exec …`), so every instrument works in all of them.
 */
export type Place = { name: string; wrap: (argv: readonly string[]) => string[] };

export type Output = { code: number; stdout: string; stderr: string };

/** A network namespace of the machine, by its name under /run/netns. */
export function namespacePlace(name: string): Place {
  return { name, wrap: (argv) => ["ip", "netns", "exec", name, ...argv] };
}

/** All namespaces of a process: how one enters a lab host by the PID of its init. */
export function processPlace(name: string, pid: number): Place {
  return { name, wrap: (argv) => ["nsenter", "--target", String(pid), "--all", "--", ...argv] };
}

/** A named namespace inside `place`, a virtual router's say. */
export function insideNamespace(place: Place, namespace: string): Place {
  return { name: `${place.name}/${namespace}`, wrap: (argv) => place.wrap(["ip", "netns", "exec", namespace, ...argv]) };
}

/** Runs a command to its end; a non-zero exit code is a value, a command that does not end within `timeoutMs` throws. */
export function runIn(place: Place, argv: readonly string[], options: { timeoutMs?: number; input?: string } = {}): Promise<Output> {
  const timeout = options.timeoutMs ?? 20_000;
  const [command, ...rest] = place.wrap(argv);
  return new Promise((resolve, reject) => {
    const child = execFile(command!, rest, { timeout, killSignal: "SIGKILL", maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout, stderr });
      if (typeof error.code === "number") return resolve({ code: error.code, stdout, stderr });
      reject(new Error(`${place.name}: ${argv.join(" ")}: ${error.killed === true ? `not done in ${timeout} ms` : error.message}`));
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}

/** Like `runIn`, but throws with the command's own words when it fails. */
export async function mustRunIn(
  place: Place,
  argv: readonly string[],
  options: { timeoutMs?: number; input?: string } = {},
): Promise<string> {
  const output = await runIn(place, argv, options);
  if (output.code !== 0)
    throw new Error(`${place.name}: ${argv.join(" ")}: exit ${output.code}: ${output.stderr.trim() || output.stdout.trim()}`);
  return output.stdout;
}

/** Starts a long-running command with its three standard streams as pipes. */
export function spawnIn(place: Place, argv: readonly string[]): ChildProcessWithoutNullStreams {
  const [command, ...rest] = place.wrap(argv);
  return spawn(command!, rest, { stdio: ["pipe", "pipe", "pipe"] });
}

import { spawnSync } from "node:child_process";
import { setPriority } from "node:os";

/**
 * How a probe program talks with the harness: parameters are one JSON argument, events are JSON lines on standard output, commands are
 * lines on standard input. Standard input is also the life line: a probe whose harness has died sees the end of it and stops. Signals
 * would not do: `nsenter` does not pass them on.
 */
export function readParams<T>(): T {
  const text = process.argv[2];
  if (text === undefined) throw new Error("usage: PROGRAM JSON-PARAMETERS");
  return JSON.parse(text) as T;
}

export function emit(event: { event: string; [key: string]: unknown }): void {
  process.stdout.write(JSON.stringify(event) + "\n");
}

/** Calls `onCommand` for each line; end of input is the command `stop`. */
export function listen(onCommand: (command: string) => void): void {
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onCommand(line);
  });
  process.stdin.on("end", () => onCommand("stop"));
  process.stdin.on("error", () => onCommand("stop"));
}

/** A probe always ends: first it is asked to stop, and a grace later it is gone. Also takes the CPU before the hosts that it measures. */
export function endWithin(maxMs: number, stop: () => void): void {
  try {
    setPriority(-15);
  } catch {
    // Not root: the probe measures all the same, and reports its own stalls.
  }
  setTimeout(stop, maxMs).unref();
  setTimeout(() => {
    emit({ event: "failed", message: `not done ${maxMs + 5000} ms after its start` });
    process.exit(3);
  }, maxMs + 5000).unref();
}

/**
 * Puts all threads of this program into the lowest real-time class (sched(7)): a probe at 1 kHz needs a few percent of a core, but needs
 * it in time, on a machine that a whole lab keeps busy. Returns whether it could; Corosync's own priority, 99, stays above.
 */
export function takeRealTime(): boolean {
  return spawnSync("chrt", ["--all-tasks", "--rr", "--pid", "1", String(process.pid)], { stdio: "ignore" }).status === 0;
}

/** Emits the result and leaves once it is written: a large one does not fit into the pipe at once. */
export function finish(result: unknown): void {
  process.stdout.write(JSON.stringify({ event: "result", result }) + "\n", () => process.exit(0));
}

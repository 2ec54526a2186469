import type { ChildProcessWithoutNullStreams } from "node:child_process";
import path from "node:path";
import { spawnIn, type Place } from "./place.ts";
import { stagePrograms } from "./staging.ts";

export type ProgramEvent = { event: string; [key: string]: unknown };

/**
 * A probe program that runs in a place (programs/control.ts has the other end): JSON lines come out, command lines go in. It ends by
 * itself, at `maxMs` at the latest or when this process dies; `result` rejects when it ends without one.
 */
export class Program<Result> {
  readonly name: string;
  readonly result: Promise<Result>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #seen: ProgramEvent[] = [];
  #waiting: { event: string; from: number; resolve: (event: ProgramEvent) => void; reject: (error: Error) => void }[] = [];
  #stderr = "";
  #ended: Error | undefined;

  /** Starts `file` of tests/harness/programs in `place` with `params` as its JSON argument. */
  static start<Result>(place: Place, file: string, params: object): Program<Result> {
    const { node, directory } = stagePrograms();
    const argv = file.endsWith(".py")
      ? ["python3", "-u", path.join(directory, file), JSON.stringify(params)]
      : [node, "--disable-warning=ExperimentalWarning", path.join(directory, file), JSON.stringify(params)];
    // Ten thousand flows need as many descriptors on each side; the default hard limit may be lower.
    const unlimited = ["sh", "-c", 'ulimit -n 200000 2>/dev/null; exec "$@"', "sh", ...argv];
    return new Program<Result>(`${place.name}: ${file}`, spawnIn(place, unlimited));
  }

  private constructor(name: string, child: ChildProcessWithoutNullStreams) {
    this.name = name;
    this.#child = child;
    this.result = this.waitFor("result").then((event) => event["result"] as Result);
    this.result.catch(() => {});
    this.#readEvents();
    child.stderr.on("data", (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk.toString()).slice(-4000)));
    child.stdin.on("error", () => {});
    child.on("error", (error) => this.#end(error));
    child.on("close", (code, signal) =>
      this.#end(new Error(`${name} ended (${signal ?? code})${this.#stderr && `: ${this.#stderr.trim()}`}`)),
    );
  }

  /** The program is set up: it listens, or it has begun to send. */
  ready(): Promise<unknown> {
    return this.waitFor("ready");
  }

  /** All events so far, in order. */
  get events(): readonly ProgramEvent[] {
    return this.#seen;
  }

  command(line: string): void {
    this.#child.stdin.write(line + "\n");
  }

  /** The first event of that name at or after position `from` among all events so far (0: whether it has come already or not). */
  waitFor(event: string, from = 0): Promise<ProgramEvent> {
    const found = this.#seen.slice(from).find((candidate) => candidate.event === event);
    if (found !== undefined) return Promise.resolve(found);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#waiting.push({ event, from, resolve, reject }));
  }

  /** Sends a command and waits for the event that answers it. */
  ask(command: string, event: string): Promise<ProgramEvent> {
    const from = this.#seen.length;
    this.command(command);
    return this.waitFor(event, from);
  }

  /** Asks the program to stop and gives its result. */
  stop(): Promise<Result> {
    this.command("stop");
    return this.result;
  }

  /** For clean-up after a failed test: closes the life line, and does not wait for a result. */
  abandon(): void {
    this.result.catch(() => {});
    this.#child.stdin.end();
    setTimeout(() => this.#child.kill("SIGKILL"), 3000).unref();
  }

  #readEvents(): void {
    let rest = "";
    this.#child.stdout.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("{")) this.#note(JSON.parse(line) as ProgramEvent);
    });
  }

  #note(event: ProgramEvent): void {
    this.#seen.push(event);
    if (event.event === "failed") return this.#end(new Error(`${this.name}: ${String(event["message"])}`));
    const position = this.#seen.length - 1;
    const isMet = (waiter: { event: string; from: number }): boolean => waiter.event === event.event && waiter.from <= position;
    const met = this.#waiting.filter(isMet);
    this.#waiting = this.#waiting.filter((waiter) => !isMet(waiter));
    for (const waiter of met) waiter.resolve(event);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiter of this.#waiting) waiter.reject(error);
    this.#waiting = [];
  }
}

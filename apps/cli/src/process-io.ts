import { homedir } from "node:os";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Io, TextSink } from "./io.ts";
import { terminalText } from "./terminal-text.ts";

/** The real terminal. A reader that goes away (`rackway get hosts | head -1`) ends the process quietly. */
export function processIo(): Io {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return {
    env: process.env,
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    stdin: { isTty: process.stdin.isTTY === true, readAll: () => text(process.stdin), readLine },
    cwd: process.cwd(),
    homeDir: process.env.HOME || homedir(),
    now: () => Date.now(),
    sleep: (ms) => sleep(ms, controller.signal),
    interrupted: controller.signal,
  };
}

function sinkOf(stream: NodeJS.WriteStream): TextSink {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    write: (chunk) => void stream.write(stream.isTTY === true ? terminalText(chunk) : chunk),
    control: (sequence) => void stream.write(sequence),
    isTty: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true && stream.columns > 0 ? stream.columns : 80;
    },
  };
}

function readLine(): Promise<string | null> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, terminal: false });
    let answer: string | null = null;
    lines.once("line", (line) => {
      answer = line;
      lines.close();
    });
    lines.once("close", () => resolve(answer));
  });
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

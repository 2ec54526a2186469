import type { Io } from "../io.ts";
import { main } from "../run.ts";

/** A terminal for tests: what goes out is kept, what comes in is given. */
export interface Terminal extends Io {
  readonly out: () => string;
  readonly err: () => string;
  /** Presses Ctrl-C. */
  interrupt: () => void;
}

export interface TerminalOptions {
  env?: Record<string, string>;
  /** Standard input; a terminal when `isTty`. */
  input?: string;
  isTty?: boolean;
  columns?: number;
  cwd?: string;
  homeDir?: string;
  /** What the clock says; the system's without. */
  now?: () => number;
  /** Instead of waiting for real. */
  sleep?: (ms: number) => Promise<void>;
}

export function makeTerminal(options: TerminalOptions = {}): Terminal {
  const texts = { out: "", err: "" };
  const controller = new AbortController();
  const { isTty = false, columns = 80, input = "" } = options;
  return {
    env: { RACKWAY_CONFIG: "/nonexistent/config.yaml", ...options.env },
    stdout: { write: (text) => void (texts.out += text), control: (text) => void (texts.out += text), isTty, columns },
    stderr: { write: (text) => void (texts.err += text), control: (text) => void (texts.err += text), isTty, columns },
    stdin: {
      isTty,
      readAll: () => Promise.resolve(input),
      readLine: () => Promise.resolve(input === "" ? null : (input.split("\n")[0] ?? null)),
    },
    cwd: options.cwd ?? "/",
    homeDir: options.homeDir ?? "/nonexistent",
    now: options.now ?? (() => Date.now()),
    sleep: options.sleep ?? ((ms) => sleepFor(ms, controller.signal)),
    interrupted: controller.signal,
    out: () => texts.out,
    err: () => texts.err,
    interrupt: () => controller.abort(),
  };
}

/** Runs one command line and gives all that came of it. */
export async function run(argv: readonly string[], options: TerminalOptions = {}): Promise<{ code: number; out: string; err: string }> {
  const terminal = makeTerminal(options);
  const code = await main(argv, terminal);
  return { code, out: terminal.out(), err: terminal.err() };
}

function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { mustRunIn, type Place } from "../../tests/harness/place.ts";
import { summarise } from "../../tests/harness/programs/summary.ts";

/** Load tools of Debian's that benchmarks of services use, by command and package. */
export const loadTools = { dnsperf: "dnsperf", wrk: "wrk" } as const;

const seconds = 4;

/** What dnsperf(1) found: as many questions as are answered, then the latency of each of a few. */
export interface NameLoad {
  readonly queriesPerSecond: number;
  readonly latencyMedianMs: number;
  readonly latencyP95Ms: number;
  readonly lost: number;
  /** Answers by code, of both parts. */
  readonly codes: Record<string, number>;
}

/** Names of `questions` (`NAME TYPE`) again and again: first 100 at a time for 4 s, then 500 a second for 4 s, each with its own latency. */
export async function loadNameServer(client: Place, server: string, questions: readonly string[]): Promise<NameLoad> {
  const directory = mkdtempSync(path.join(tmpdir(), "rackway-bench-"));
  const file = path.join(directory, "questions");
  writeFileSync(file, `${questions.join("\n")}\n`);
  const dnsperf = (flags: readonly string[]): Promise<string> =>
    mustRunIn(client, ["dnsperf", "-s", server, "-d", file, "-l", String(seconds), ...flags], { timeoutMs: 30_000 });
  try {
    const full = await dnsperf(["-q", "100", "-c", "8"]);
    const calm = await dnsperf(["-Q", "500", "-v"]);
    const latencies = [...calm.matchAll(/^> \S+ \S+ \S+ ([\d.]+)$/gm)].map(([, value]) => Number(value) * 1000);
    const latency = summarise(latencies);
    if (latency === null) throw new Error(`dnsperf told of no single answer: ${calm.slice(-1000)}`);
    return {
      queriesPerSecond: numberIn(full, /Queries per second:\s+([\d.]+)/),
      latencyMedianMs: latency.median,
      latencyP95Ms: latency.p95,
      lost: numberIn(full, /Queries lost:\s+(\d+)/) + numberIn(calm, /Queries lost:\s+(\d+)/),
      codes: addUp([full, calm].flatMap((text) => codesIn(text))),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function codesIn(text: string): [string, number][] {
  const line = /Response codes:\s+(.*)/.exec(text)?.[1] ?? "";
  return [...line.matchAll(/([A-Z]+) (\d+)/g)].map(([, code = "", count]) => [code, Number(count)]);
}

function addUp(pairs: readonly [string, number][]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, value] of pairs) sums[key] = (sums[key] ?? 0) + value;
  return sums;
}

/** What wrk(1) found in 4 s with 64 connections. */
export interface WebLoad {
  readonly requestsPerSecond: number;
  readonly latencyMedianMs: number;
  readonly latencyP99Ms: number;
  /** Requests without an answer, and answers that were no success. */
  readonly failed: number;
}

/** `kept`: requests follow each other on a connection; `new`: each has one of its own. */
export async function loadWebServer(client: Place, url: string, connections: "kept" | "new"): Promise<WebLoad> {
  const header = connections === "new" ? ["-H", "Connection: close"] : [];
  const argv = ["wrk", "-t", "1", "-c", "64", "-d", `${seconds}s`, "--latency", ...header, url];
  const text = await mustRunIn(client, argv, { timeoutMs: 30_000 });
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1).map(Number) ?? [];
  const refusals = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  return {
    requestsPerSecond: numberIn(text, /Requests\/sec:\s+([\d.]+)/),
    latencyMedianMs: durationIn(text, "50%"),
    latencyP99Ms: durationIn(text, "99%"),
    failed: errors.reduce((sum, count) => sum + count, refusals),
  };
}

const unitMs: Record<string, number> = { us: 0.001, ms: 1, s: 1000 };

function durationIn(text: string, percentile: string): number {
  const value = numberIn(text, new RegExp(`^\\s+${percentile}\\s+([\\d.]+)(?:us|ms|s)$`, "m"));
  const unit = new RegExp(`^\\s+${percentile}\\s+[\\d.]+(us|ms|s)$`, "m").exec(text)?.[1] ?? "";
  return value * (unitMs[unit] ?? Number.NaN);
}

/** @throws when the tool has said no such number */
function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${pattern.source} in: ${text.slice(-1000)}`);
  return Number(found);
}

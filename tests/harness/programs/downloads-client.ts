import { createHash } from "node:crypto";
import { get } from "node:http";
import { epochMs, monotonicMs, roundMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { setWhileRunning } from "./namespace-sysctl.ts";

export type DownloadsClientParams = {
  url: string;
  sha256: string;
  downloads: number;
  /** Each download reads no faster than this, so that it spans the event. */
  bytesPerSecond: number;
  /** A download that gets no byte for so long, although it reads, is given up. */
  idleTimeoutMs: number;
  maxMs: number;
};

export type DownloadReport = {
  /** `right`: complete, and its hash is the file's. */
  outcome: "right" | "wrong-hash" | "failed";
  code: string | null;
  status: number | null;
  bytes: number;
  startedAtMs: number;
  tookMs: number;
  /** The longest wait for the next byte while the client was reading. */
  longestStallMs: number;
  stallStartedAtMs: number;
};

export type DownloadsResult = {
  expected: number;
  right: number;
  wrong: number;
  failed: Record<string, number>;
  longestStallMs: number;
  downloads: DownloadReport[];
};

const params = readParams<DownloadsClientParams>();
let isThrottled = true;
const cancel = new AbortController();

function download(): Promise<DownloadReport> {
  const startedAt = monotonicMs();
  const hash = createHash("sha256");
  const report: DownloadReport = {
    outcome: "failed",
    code: null,
    status: null,
    bytes: 0,
    startedAtMs: epochMs(startedAt),
    tookMs: 0,
    longestStallMs: 0,
    stallStartedAtMs: 0,
  };
  let waitingSince = startedAt;
  const noteStall = (): void => {
    const stall = monotonicMs() - waitingSince;
    if (stall > report.longestStallMs) Object.assign(report, { longestStallMs: roundMs(stall), stallStartedAtMs: epochMs(waitingSince) });
  };
  return new Promise((resolve) => {
    const over = (outcome: DownloadReport["outcome"], code: string | null): void => {
      noteStall();
      clearInterval(idle);
      resolve({ ...report, outcome, code, tookMs: roundMs(monotonicMs() - startedAt) });
    };
    const request = get(params.url, { agent: false, signal: cancel.signal }, (response) => {
      report.status = response.statusCode ?? null;
      response.on("data", (chunk: Buffer) => {
        noteStall();
        hash.update(chunk);
        report.bytes += chunk.length;
        waitingSince = monotonicMs();
        const ahead = (report.bytes / params.bytesPerSecond) * 1000 - (waitingSince - startedAt);
        if (!isThrottled || ahead < 2) return;
        response.pause();
        waitingSince = Infinity;
        setTimeout(() => {
          waitingSince = monotonicMs();
          response.resume();
        }, ahead);
      });
      response.on("end", () => {
        if (!response.complete) return over("failed", "EOF");
        over(hash.digest("hex") === params.sha256 ? "right" : "wrong-hash", null);
      });
      response.on("error", (error: Error & { code?: string }) => over("failed", error.code ?? error.message));
    });
    request.on("error", (error: Error & { code?: string }) => over("failed", error.code ?? error.message));
    const idle = setInterval(() => {
      if (monotonicMs() - waitingSince > params.idleTimeoutMs) request.destroy(Object.assign(new Error("idle"), { code: "ETIMEDOUT" }));
    }, 250);
  });
}

// By default a socket takes in megabytes ahead of its reader: a throttled download would be on the client before the event.
setWhileRunning("net.ipv4.tcp_rmem", "4096 32768 65536");
endWithin(params.maxMs, () => cancel.abort());
listen((command) => {
  // `hurry`: the event is over, read what is left as fast as it comes.
  if (command === "hurry") isThrottled = false;
  if (command === "stop") cancel.abort();
});
emit({ event: "ready" });
const downloads = await Promise.all(Array.from({ length: params.downloads }, download));
const failed: Record<string, number> = {};
for (const { outcome, code } of downloads) if (outcome === "failed") failed[code ?? "?"] = (failed[code ?? "?"] ?? 0) + 1;
const result: DownloadsResult = {
  expected: params.downloads,
  right: downloads.filter(({ outcome }) => outcome === "right").length,
  wrong: downloads.filter(({ outcome }) => outcome === "wrong-hash").length,
  failed,
  longestStallMs: Math.max(...downloads.map(({ longestStallMs }) => longestStallMs)),
  downloads,
};
finish(result);

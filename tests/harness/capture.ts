import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parsePcap, type Frame } from "./pcap.ts";
import { spawnIn, type Place } from "./place.ts";

export type CaptureOptions = {
  place: Place;
  interface: string;
  /** A pcap-filter(7) expression. */
  filter: string;
  maxMs: number;
  maxFrames?: number;
  snapBytes?: number;
};

export type Captured = { frames: Frame[]; droppedByKernel: number; isFull: boolean };

export type Capture = { stop: () => Promise<Captured>; abandon: () => void };

/**
 * Runs tcpdump on an interface of `place` until `stop`, into a file below /tmp, which lab hosts share with the machine. Standard input is
 * its life line: when this process dies, the capture ends. Resolves when tcpdump listens.
 */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const { place, maxFrames = 1_000_000, snapBytes = 112 } = options;
  const directory = mkdtempSync(path.join(tmpdir(), "rackway-capture-"));
  const file = path.join(directory, "frames.pcap");
  const limits = ["-Z", "root", "-n", "-U", "--immediate-mode", "-B", "16384", "-s", String(snapBytes), "-c", String(maxFrames)];
  const tcpdump = [
    "timeout",
    String(Math.ceil(options.maxMs / 1000)),
    "tcpdump",
    "-i",
    options.interface,
    ...limits,
    "-w",
    "-",
    options.filter,
  ];
  // A background job of a shell ignores SIGINT, hence TERM; the wait lets tcpdump take what is still in the kernel's buffer.
  const script = 'file=$1; shift; "$@" >"$file" & pid=$!; cat >/dev/null; sleep 0.1; kill "$pid" 2>/dev/null; wait "$pid"';
  const child = spawnIn(place, ["sh", "-c", script, "sh", file, ...tcpdump]);
  let stderr = "";
  child.stdin.on("error", () => {});
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
      if (stderr.includes("listening on")) resolve();
    });
    void closed.then(() => reject(new Error(`${place.name}: tcpdump -i ${options.interface}: ${stderr.trim()}`)));
    setTimeout(() => reject(new Error(`${place.name}: tcpdump does not listen after 10 s: ${stderr.trim()}`)), 10_000).unref();
  }).catch((error: unknown) => {
    child.stdin.end();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  const stop = async (): Promise<Captured> => {
    child.stdin.end();
    await closed;
    const frames = parsePcap(readFileSync(file));
    rmSync(directory, { recursive: true });
    return {
      frames,
      droppedByKernel: Number(/(\d+) packets? dropped by kernel/.exec(stderr)?.[1] ?? 0),
      isFull: frames.length >= maxFrames,
    };
  };
  const abandon = (): void => {
    child.stdin.end();
    void closed.then(() => rmSync(directory, { recursive: true, force: true }));
  };
  return { stop, abandon };
}

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { insideNamespace, mustRunIn, spawnIn, type Place } from "./place.ts";

/** One line that a monitor printed: something of the network's configuration has changed. */
export type Change = { place: string; tool: "ip monitor" | "nft monitor"; line: string };

export type QuietReport = {
  /** Silence is an empty list. */
  changes: Change[];
  /** Neighbour entries come and go with traffic: counted, not a change of configuration. */
  neighbourLines: number;
  /** What kernels learn from router advertisements, again with each of them: counted, nobody's doing on the host that hears it. */
  advertisedLines: number;
};

/** Listens to `ip monitor` and `nft monitor` on hosts and (unless `hostOnly`) in all their network namespaces, from `start` to `stop`. */
export class QuietWatch {
  readonly #monitors: Monitor[];

  /** Resolves when every monitor has joined its netlink groups: what changes from then on is seen. */
  static async start(hosts: readonly Place[], options: { maxMs: number; hostOnly?: boolean }): Promise<QuietWatch> {
    const places = options.hostOnly === true ? hosts : (await Promise.all(hosts.map(withNamespaces))).flat();
    const monitors = places.flatMap((place) => [
      new Monitor(place, "ip monitor", ["ip", "-timestamp", "monitor", "label", "all"], options.maxMs),
      new Monitor(place, "nft monitor", ["nft", "monitor"], options.maxMs),
    ]);
    try {
      await Promise.all(monitors.map(({ listening }) => listening));
    } catch (error) {
      await Promise.all(monitors.map((monitor) => monitor.stop()));
      throw error;
    }
    return new QuietWatch(monitors);
  }

  private constructor(monitors: Monitor[]) {
    this.#monitors = monitors;
  }

  async stop(): Promise<QuietReport> {
    const all = (await Promise.all(this.#monitors.map((monitor) => monitor.stop()))).flat();
    const isNeighbour = ({ line }: Change): boolean => line.startsWith("[NEIGH]");
    const isAdvertised = ({ line }: Change): boolean => /^\[PREFIX\]|^\[ROUTE\].* proto ra /.test(line);
    return {
      changes: all.filter((change) => !isNeighbour(change) && !isAdvertised(change)),
      neighbourLines: all.filter(isNeighbour).length,
      advertisedLines: all.filter(isAdvertised).length,
    };
  }
}

async function withNamespaces(host: Place): Promise<Place[]> {
  const names = (await mustRunIn(host, ["sh", "-c", "ls /run/netns 2>/dev/null || true"])).split("\n").filter((name) => name !== "");
  return [host, ...names.map((name) => insideNamespace(host, name))];
}

/**
 * Starts the monitor in the background, waits until the kernel lists its netlink socket with a group (/proc/net/netlink, fields Pid and
 * Groups), says so, and ends it when standard input ends or `maxMs` is over.
 */
const script = `
"$@" & pid=$!
n=0
until awk -v pid="$pid" '$3 == pid && $4 != "00000000" { found = 1 } END { exit !found }' /proc/net/netlink; do
  kill -0 "$pid" 2>/dev/null && [ "$n" -lt 100 ] || { echo "does not listen" >&2; kill "$pid"; exit 1; }
  n=$((n + 1)); sleep 0.05
done
echo listening >&2
cat >/dev/null
sleep 0.1
kill "$pid" 2>/dev/null; wait "$pid"; exit 0`;

class Monitor {
  readonly listening: Promise<void>;
  readonly #place: Place;
  readonly #tool: Change["tool"];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #closed: Promise<void>;
  #stdout = "";

  constructor(place: Place, tool: Change["tool"], argv: readonly string[], maxMs: number) {
    this.#place = place;
    this.#tool = tool;
    const bounded = ["timeout", String(Math.ceil(maxMs / 1000))];
    this.#child = spawnIn(place, [...bounded, "sh", "-c", script, "sh", ...argv]);
    this.#child.stdin.on("error", () => {});
    this.#child.stdout.on("data", (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#closed = new Promise((resolve) => this.#child.on("close", () => resolve()));
    this.listening = new Promise((resolve, reject) => {
      let stderr = "";
      this.#child.stderr.on("data", (chunk: Buffer) => {
        stderr += chunk.toString();
        if (stderr.includes("listening")) resolve();
      });
      void this.#closed.then(() => reject(new Error(`${place.name}: ${tool}: ${stderr.trim()}`)));
    });
    this.listening.catch(() => {});
  }

  async stop(): Promise<Change[]> {
    this.#child.stdin.end();
    await this.#closed;
    const lines = this.#stdout.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("Timestamp:"));
    return lines.map((line) => ({ place: this.#place.name, tool: this.#tool, line }));
  }
}

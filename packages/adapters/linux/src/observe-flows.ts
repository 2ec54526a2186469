import { isIP } from "node:net";

import type { CommandRunner } from "./run.ts";

/**
 * TCP connections in a network namespace, from elsewhere, by local address; null: ss(8) did not answer. Beside established ones those that
 * one side has closed and that still carry data of the other (close-wait, fin-wait-1). What is not TCP has no connections to count.
 */
export async function observeFlows(run: CommandRunner, netns: string): Promise<ReadonlyMap<string, number> | null> {
  const states = ["established", "close-wait", "fin-wait-1"].flatMap((state) => ["state", state]);
  const { code, stdout, stderr } = await run(["ss", "-N", netns, "-Htn", ...states], { timeoutMs: 5_000 });
  // A namespace that is gone has taken its connections along.
  if (/Cannot open network namespace/.test(stderr)) return new Map();
  return code === 0 ? parseFlows(stdout) : null;
}

/** Connections whose other end is an address of the same namespace are its own: a checker's, say. Pure. */
export function parseFlows(text: string): Map<string, number> {
  const ends = text.split("\n").flatMap((line) => {
    const [peer, local] = line.trim().split(/\s+/).toReversed();
    const [from, to] = [addressOf(local), addressOf(peer)];
    return from === null || to === null ? [] : [{ local: from, peer: to }];
  });
  const locals = new Set(ends.map(({ local }) => local));
  const flows = new Map<string, number>();
  for (const { local, peer } of ends) if (!locals.has(peer)) flows.set(local, (flows.get(local) ?? 0) + 1);
  return flows;
}

/** `10.77.0.1:80`, `[fd00:77::1]:80`, or, of a socket that takes both families, `[::ffff:10.77.0.1]:80`; a zone (`%eth0`) is no part of it. */
function addressOf(end: string | undefined): string | null {
  const text = end
    ?.slice(0, end.lastIndexOf(":"))
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.)/, "");
  return text !== undefined && isIP(text) !== 0 ? text : null;
}

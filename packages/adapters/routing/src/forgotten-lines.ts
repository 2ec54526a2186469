import type { FrrLine } from "./frr-config.ts";
import { isNamedOurs, lineId } from "./frr-config.ts";

/** Daemons that each keep lists and route maps of their own, the same in all of them. When zebra dies, FRR starts all of them anew. */
export const listKeepers: readonly string[] = ["ospfd", "ospf6d", "bgpd"];

/**
 * A running configuration without what one of these daemons does not know. vtysh(1) shows as one what each of them has for itself: a daemon that was
 * started anew (watchfrr(8) does so after a crash) has no list and no route map that is not in FRR's file, and announces nothing by them,
 * while the others still show them. Of ours alone: entering it again changes nothing in those that have it. Pure.
 */
export function withoutForgotten(config: readonly FrrLine[], byDaemon: readonly (readonly FrrLine[])[]): FrrLine[] {
  const known = byDaemon.map((lines) => new Set(lines.map(lineId)));
  const isInAll = (line: FrrLine): boolean => known.every((ids) => ids.has(lineId(line)));
  const forgotten = new Set(config.filter((line) => isShared(line) && !isInAll(line)).map(lineId));
  if (forgotten.size === 0) return [...config];
  // Below a header that goes, all goes: which of it a daemon shows is the daemon's own affair.
  return config.filter((line) => !forgotten.has(lineId(line)) && !forgotten.has(line.context.join("\n")));
}

function isShared(line: FrrLine): boolean {
  return line.context.length === 0 && /^(?:(?:ip|ipv6) prefix-list|route-map) /.test(line.text) && isNamedOurs(line);
}

import type { RoutingState } from "@rackway/schema";

/** Daemons of FRR that Rackway may need; zebra runs with any of them. */
export type FrrDaemon = "ospfd" | "ospf6d" | "bgpd" | "bfdd";

/** What a routing state takes: BFD is a daemon of its own. */
export function neededDaemons({ ospf, bgp, families }: RoutingState): FrrDaemon[] {
  const needed: FrrDaemon[] = [];
  if (ospf !== null && families.includes(4)) needed.push("ospfd");
  if (ospf !== null && families.includes(6)) needed.push("ospf6d");
  if (bgp !== null) needed.push("bgpd");
  if ((ospf?.bfd ?? bgp?.bfd ?? null) !== null) needed.push("bfdd");
  return needed;
}

/** The last line of /etc/frr/daemons that switches a daemon on or off; null: there is none. The file is a shell script, read from its top. */
export function daemonLine(file: string, daemon: string): string | null {
  return file.split("\n").findLast((line) => line.startsWith(`${daemon}=`)) ?? null;
}

/** As FRR's own scripts read it: anything but `no`, `0` and nothing is on. */
export function isDaemonOn(file: string, daemon: string): boolean {
  const value = (daemonLine(file, daemon) ?? "").split("=")[1]?.replaceAll(/["'\s]|#.*/g, "") ?? "";
  return value !== "" && value !== "no" && value !== "0";
}

/** The file with that one line changed, added (at its end) or, with null, taken out; everything else is as it was. */
export function setDaemonLine(file: string, daemon: string, line: string | null): string {
  const lines = file.split("\n");
  const at = lines.findLastIndex((text) => text.startsWith(`${daemon}=`));
  if (at >= 0) lines.splice(at, 1, ...(line === null ? [] : [line]));
  else if (line !== null) lines.splice(lines.at(-1) === "" ? lines.length - 1 : lines.length, 0, line);
  return lines.join("\n");
}

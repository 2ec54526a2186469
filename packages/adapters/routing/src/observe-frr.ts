import { readFileIfAny } from "@rackway/linux";
import type { CommandRunner, ServiceObservation } from "@rackway/linux";

import { parseFrrConfig } from "./frr-config.ts";
import type { FrrLine } from "./frr-config.ts";

/** Where FRR's files lie (docs.frrouting.org, basic setup). */
export interface FrrPaths {
  readonly daemons: string;
  readonly config: string;
}

export const frrPaths: FrrPaths = { daemons: "/etc/frr/daemons", config: "/etc/frr/frr.conf" };

/** FRR on this host right now. The configuration holds secrets: it stays in here. */
export interface FrrObservation {
  /** `/etc/frr/daemons`; null: FRR is not installed. */
  readonly daemonsFile: string | null;
  readonly service: ServiceObservation;
  readonly version: readonly [number, number] | null;
  /** Daemons that answer vtysh(1). */
  readonly running: readonly string[];
  /** The running configuration; null: nobody answers. */
  readonly config: readonly FrrLine[] | null;
  /** What FRR would start with (frr.conf(5)); null: there is no integrated configuration. */
  readonly saved: string | null;
}

/** Reads; changes nothing. An FRR that does not answer is an observation, not a failure. */
export async function observeFrr(run: CommandRunner, service: ServiceObservation, paths: FrrPaths = frrPaths): Promise<FrrObservation> {
  const [daemonsBytes, savedBytes, about, config] = await Promise.all([
    readFileIfAny(paths.daemons),
    readFileIfAny(paths.config),
    run(["vtysh", "-c", "show version", "-c", "show daemons"]),
    run(["vtysh", "-c", "show running-config"]),
  ]);
  const answers = about.code === 0 && config.code === 0;
  return {
    daemonsFile: daemonsBytes === null || about.code === 127 ? null : daemonsBytes.toString("utf8"),
    service,
    version: parseFrrVersion(about.stdout),
    running: answers ? parseDaemons(about.stdout) : [],
    config: answers ? parseFrrConfig(config.stdout) : null,
    saved: savedBytes?.toString("utf8") ?? null,
  };
}

/** `FRRouting 8.4.4 (host) …`: null where there is no such line. */
export function parseFrrVersion(text: string): readonly [number, number] | null {
  const match = /^FRRouting (\d+)\.(\d+)/m.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2])];
}

/** The one line of `show daemons`. */
function parseDaemons(text: string): string[] {
  const line = text.split("\n").findLast((candidate) => /^\s*([a-z0-9]+d|zebra|watchfrr)(\s|$)/.test(candidate)) ?? "";
  return line.trim().split(/\s+/).filter(Boolean);
}

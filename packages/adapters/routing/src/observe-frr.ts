import { readFileIfAny } from "@rackway/linux";
import type { CommandRunner, ServiceObservation } from "@rackway/linux";

import { listKeepers, withoutForgotten } from "./forgotten-lines.ts";
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
  /** The running configuration, as far as every daemon has it that is to have it; null: nobody answers. */
  readonly config: readonly FrrLine[] | null;
  /** What any daemon has of it. */
  readonly whole: readonly FrrLine[] | null;
  /** Daemons that lack what others have. */
  readonly forgetful: readonly string[];
  /** What FRR would start with (frr.conf(5)); null: there is no integrated configuration. */
  readonly saved: string | null;
}

const abouts = ["show version", "show daemons", "show running-config"] as const;

/** The line with which `show running-config` begins, that of one daemon as well. */
const configurationBegins = /^Building configuration\.\.\.$/m;

/** Reads; changes nothing. An FRR that does not answer is an observation, not a failure. */
export async function observeFrr(
  run: CommandRunner,
  service: ServiceObservation,
  paths: FrrPaths = frrPaths,
  keepers: readonly string[] = listKeepers,
): Promise<FrrObservation> {
  const [daemonsBytes, savedBytes, said] = await Promise.all([
    readFileIfAny(paths.daemons),
    readFileIfAny(paths.config),
    run(["vtysh", ...[...abouts, ...keepers.map((daemon) => `show running-config ${daemon}`)].flatMap((command) => ["-c", command])]),
  ]);
  const [about = "", config = null, ...ofDaemons] = said.code === 0 ? said.stdout.split(configurationBegins) : [];
  const running = config === null ? [] : parseDaemons(about);
  const whole = config === null ? null : parseFrrConfig(config);
  const byKeeper = keepers
    .map((daemon, index) => ({ daemon, lines: parseFrrConfig(ofDaemons[index] ?? "") }))
    .filter(({ daemon }) => running.includes(daemon));
  const lacks = (lines: readonly FrrLine[]): boolean => whole !== null && withoutForgotten(whole, [lines]).length < whole.length;
  return {
    daemonsFile: daemonsBytes === null || said.code === 127 ? null : daemonsBytes.toString("utf8"),
    service,
    version: parseFrrVersion(about),
    running,
    config:
      whole === null
        ? null
        : withoutForgotten(
            whole,
            byKeeper.map(({ lines }) => lines),
          ),
    whole,
    forgetful: byKeeper.filter(({ lines }) => lacks(lines)).map(({ daemon }) => daemon),
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

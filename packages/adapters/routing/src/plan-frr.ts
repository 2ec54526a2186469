import type { HostProblem } from "@rackway/linux";
import { problem, step } from "@rackway/linux";
import type { RoutingState, Step } from "@rackway/schema";

import type { FrrLine } from "./frr-config.ts";
import { lineId, parseFrrConfig, withoutLines } from "./frr-config.ts";
import { daemonLine, isDaemonOn, neededDaemons, setDaemonLine } from "./frr-daemons.ts";
import type { FrrMemory } from "./frr-memory.ts";
import { emptyFrrMemory } from "./frr-memory.ts";
import type { FrrObservation } from "./observe-frr.ts";
import { Ownership, planConfig } from "./plan-config.ts";
import type { FrrKeys, FrrSurroundings } from "./render-frr.ts";
import { hasOspfKeyChains, renderFrr } from "./render-frr.ts";

export type FrrAction =
  | { readonly do: "write-daemons" | "write-config"; readonly text: string }
  | { readonly do: "start" | "reload" | "stop" }
  | { readonly do: "configure"; readonly withdraw: readonly FrrLine[]; readonly change: readonly FrrLine[] };

export interface FrrPlan {
  readonly steps: readonly Step[];
  /** What should change and cannot; a problem says why. */
  readonly blocked: readonly Step[];
  readonly problems: readonly HostProblem[];
  readonly actions: readonly FrrAction[];
  /** To be on disk before anything is done, and after all of it went well. */
  readonly remember: FrrMemory;
  readonly memory: FrrMemory;
}

/**
 * From what FRR is to what it should be: first the daemons, then (in the next look) their configuration; when routing leaves, the reverse.
 * With `routing` null everything of ours goes. Pure.
 */
export function planFrr(routing: RoutingState | null, keys: FrrKeys, seen: FrrObservation, memory: FrrMemory): FrrPlan {
  if (seen.daemonsFile === null) return routing === null ? nothing(emptyFrrMemory) : nothing(memory, [problem("frr-missing", {})]);
  const refused = routing === null ? [] : refusals(routing, keys, seen);
  if (refused.length > 0) return nothing(memory, refused);
  const starting = routing === null ? null : planDaemons(routing, seen, seen.daemonsFile, memory);
  if (starting !== null) return starting;
  const config = planConfigOf(routing, keys, seen, memory);
  if (config === null) return routing === null ? planDaemonsAway([], seen, seen.daemonsFile, memory) : nothing(memory);
  if (config.problems.length > 0 || config.actions.length > 0) return config;
  return planDaemonsAway(routing === null ? [] : neededDaemons(routing), seen, seen.daemonsFile, config.memory);
}

function nothing(memory: FrrMemory, problems: readonly HostProblem[] = []): FrrPlan {
  return { steps: [], blocked: [], problems, actions: [], remember: memory, memory };
}

/** What this FRR cannot do as the document wants it: better nothing than a session without its key. */
function refusals({ ospf, bgp, families }: RoutingState, keys: FrrKeys, { version }: FrrObservation): HostProblem[] {
  const problems: HostProblem[] = [];
  const authentication = ospf?.authentication ?? null;
  if (authentication !== null && keys.ospf === null) return [keyProblem(authentication.keyFile)];
  const bgpAuthentication = bgp?.authentication ?? null;
  if (bgpAuthentication !== null && keys.bgp === null) return [keyProblem(bgpAuthentication.keyFile)];
  if (authentication === null || !families.includes(4)) return problems;
  if (authentication.algorithm === "hmac-sha-256" && version !== null && !hasOspfKeyChains(version)) {
    problems.push(problem("frr-authentication", { version: version.join(".") }));
  }
  // It would cut a longer one, and show the rest of it nowhere.
  if (authentication.algorithm === "md5" && (keys.ospf?.length ?? 0) > 16) {
    problems.push(
      problem("frr-key-unusable", { file: authentication.keyFile, reason: "it is longer than the 16 characters of OSPFv2 with MD5" }),
    );
  }
  return problems;
}

function keyProblem(file: string): HostProblem {
  return problem("frr-key-unusable", { file, reason: "it is absent, empty or not readable" });
}

/** Null: every daemon that is needed is on, and FRR runs. */
function planDaemons(routing: RoutingState, seen: FrrObservation, file: string, memory: FrrMemory): FrrPlan | null {
  const needed = neededDaemons(routing);
  const off = needed.filter((daemon) => !isDaemonOn(file, daemon));
  if (off.length === 0 && seen.config !== null) {
    const silent = needed.filter((daemon) => !seen.running.includes(daemon));
    return silent.length === 0 ? null : nothing(memory, [problem("frr-not-running", { daemons: silent.join(", ") })]);
  }
  if (off.length === 0 && seen.service.running) return nothing(memory, [problem("frr-not-running", { daemons: "its daemons" })]);
  const isUp = seen.service.running || seen.config !== null;
  const steps = [
    ...off.map((daemon) => step("change", "frr-daemon", daemon, "off", "on")),
    ...(isUp ? [] : [step("change", "service", "frr", "stopped", "running")]),
  ];
  const unsaved = isUp ? unsavedLines(seen, memory) : [];
  if (unsaved.length > 0) return { ...nothing(memory, [unsavedProblem(off, unsaved)]), blocked: steps };
  const lines = Object.fromEntries(off.map((daemon) => [daemon, daemonLine(file, daemon)]));
  const next: FrrMemory = {
    ...memory,
    // What is remembered already is what was there before us.
    daemons: { ...lines, ...memory.daemons },
    startedService: memory.startedService || !(isUp || seen.service.enabled),
  };
  const text = off.reduce((all, daemon) => setDaemonLine(all, daemon, `${daemon}=yes`), file);
  const write: FrrAction[] = off.length === 0 ? [] : [{ do: "write-daemons", text }];
  return {
    steps,
    blocked: [],
    problems: [],
    actions: [...write, { do: isUp ? "reload" : "start" }],
    remember: next,
    memory: next,
  };
}

/** Null: nobody answers, so there is no configuration to change. */
function planConfigOf(routing: RoutingState | null, keys: FrrKeys, seen: FrrObservation, memory: FrrMemory): FrrPlan | null {
  if (seen.config === null || seen.version === null) return null;
  const surroundings = surroundingsOf(seen.config, seen.version, memory);
  const wishes = routing === null ? [] : renderFrr(routing, keys, surroundings);
  const { steps, problems, withdraw, change, settings } = planConfig(wishes, seen.config, memory.settings, seen.whole ?? seen.config);
  const isEmpty = withdraw.length + change.length === 0;
  const cleaned = routing === null ? withoutOurs(seen, memory) : null;
  return {
    steps: cleaned === null ? steps : [...steps, step("change", "file", "frr.conf", "with lines of Rackway", "without them")],
    blocked: [],
    problems,
    actions: [
      ...(cleaned === null ? [] : [{ do: "write-config", text: cleaned } as const]),
      ...(isEmpty ? [] : [{ do: "configure", withdraw, change } as const]),
    ],
    remember: { ...memory, settings: [...new Set([...memory.settings, ...settings])].toSorted() },
    memory: problems.length > 0 ? memory : { ...memory, settings: [...settings] },
  };
}

/** An operator's `write memory` keeps what was running, ours as well: FRR would begin with it again. Null: there is nothing of ours. */
function withoutOurs({ saved }: FrrObservation, memory: FrrMemory): string | null {
  if (saved === null) return null;
  const ownership = new Ownership(memory.settings);
  const goes = (line: FrrLine): boolean => ownership.has(line);
  return parseFrrConfig(saved).some(goes) ? withoutLines(saved, goes) : null;
}

/** What of FRR is the operator's already. */
export function surroundingsOf(config: readonly FrrLine[], version: readonly [number, number], memory: FrrMemory): FrrSurroundings {
  const foreign = new Ownership(memory.settings).foreign(config);
  const runs = (header: RegExp): boolean => foreign.some(({ context, text }) => header.test(context[0] ?? text));
  return {
    version,
    operatorRuns: { ospf: runs(/^router ospf( |$)/), ospf6: runs(/^router ospf6( |$)/), bgp: runs(/^router bgp /) },
    bgpActivatesIpv4: foreign.some(({ context, text }) => /^router bgp /.test(context[0] ?? "") && text === "no bgp default ipv4-unicast"),
  };
}

/** Daemons that were off before us go off again, unless somebody else has come to use them. */
function planDaemonsAway(needed: readonly string[], seen: FrrObservation, file: string, memory: FrrMemory): FrrPlan {
  const away = Object.entries(memory.daemons).filter(([daemon]) => !needed.includes(daemon));
  const idle = away.filter(([daemon]) => !isUsed(daemon, seen, memory));
  const rest: FrrMemory = {
    ...memory,
    daemons: Object.fromEntries(Object.entries(memory.daemons).filter(([daemon]) => needed.includes(daemon))),
  };
  const isLast = needed.length === 0;
  const after = isLast ? { ...rest, startedService: false } : rest;
  const stops = isLast && memory.startedService && seen.service.running && !hasForeignRouting(seen, memory);
  if (idle.length === 0 && !stops) return nothing(after);
  const steps = [
    ...idle.map(([daemon]) => step("change", "frr-daemon", daemon, "on", "off")),
    ...(stops ? [step("change", "service", "frr", "running", "stopped")] : []),
  ];
  const unsaved = stops || !seen.service.running ? [] : unsavedLines(seen, memory);
  if (unsaved.length > 0) {
    return {
      ...nothing(memory, [
        unsavedProblem(
          idle.map(([daemon]) => daemon),
          unsaved,
        ),
      ]),
      blocked: steps,
    };
  }
  const text = idle.reduce((all, [daemon, line]) => setDaemonLine(all, daemon, line), file);
  const write: FrrAction[] = text === file ? [] : [{ do: "write-daemons", text }];
  const service: FrrAction[] = stops ? [{ do: "stop" }] : seen.service.running ? [{ do: "reload" }] : [];
  return { steps, blocked: [], problems: [], actions: [...write, ...service], remember: memory, memory: after };
}

const sections: Readonly<Record<string, RegExp>> = {
  ospfd: /^router ospf( |$)/,
  ospf6d: /^router ospf6( |$)/,
  bgpd: /^router bgp /,
  bfdd: /^bfd$/,
};

function isUsed(daemon: string, seen: FrrObservation, memory: FrrMemory): boolean {
  const header = sections[daemon];
  const foreign = new Ownership(memory.settings).foreign(seen.config ?? []);
  return header !== undefined && foreign.some(({ context, text }) => header.test(context[0] ?? text));
}

function hasForeignRouting(seen: FrrObservation, memory: FrrMemory): boolean {
  return new Ownership(memory.settings).foreign(seen.config ?? []).some(({ context, text }) => isOfOperator(context[0] ?? text));
}

/** Lines that FRR writes of its own accord, or that steer nothing. */
const plumbing =
  /^(frr (version|defaults) |hostname |domainname |log |service |(no )?ipv?6? ?forwarding$|line vty|password |enable password )/;

function isOfOperator(text: string): boolean {
  return !plumbing.test(text);
}

/** What an operator has set and not saved: a reload would lose it. */
function unsavedLines(seen: FrrObservation, memory: FrrMemory): FrrLine[] {
  const saved = new Set(parseFrrConfig(seen.saved ?? "").map(lineId));
  const foreign = new Ownership(memory.settings).foreign(seen.config ?? []);
  return foreign.filter((line) => isOfOperator(line.context[0] ?? line.text) && !saved.has(lineId(line)));
}

function unsavedProblem(daemons: readonly string[], lines: readonly FrrLine[]): HostProblem {
  return problem("frr-unsaved", {
    daemons: daemons.join(", "),
    count: lines.length,
    first: lineId(lines[0] ?? { context: [], text: "" }).replaceAll("\n", " / "),
  });
}

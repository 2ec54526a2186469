import { existsSync, readFileSync } from "node:fs";

import type { CommandRunner } from "@rackway/linux";
import type { RoutingState } from "@rackway/schema";

import type { FrrLine } from "./frr-config.ts";
import { isHeader, lineId, linesBelow, settingId } from "./frr-config.ts";
import type { FrrSurroundings } from "./render-frr.ts";

/** Routing states, an FRR on paper, and answers recorded from FRR 8.4.4 (`fixtures`), for the tests beside this file. */
const folder = new URL("fixtures/frr-8.4.4/", import.meta.url);

export const ospfState: RoutingState = {
  routerId: "10.20.1.11",
  families: [4, 6],
  ospf: {
    area: "0.0.0.0",
    interfaces: ["e0"],
    networkType: "broadcast",
    cost: 10,
    helloSeconds: 1,
    deadSeconds: 4,
    authentication: { keyId: 1, keyFile: "/etc/rackway/ospf.key", algorithm: "md5" },
    bfd: { intervalMs: 50, multiplier: 3 },
  },
  bgp: null,
  announce: [
    { family: 4, prefix: "10.77.0.1/32", vip: "api", namespace: "haproxy" },
    { family: 6, prefix: "fd00:77::1/128", vip: "api", namespace: "haproxy" },
  ],
};

export const bgpState: RoutingState = {
  ...ospfState,
  ospf: null,
  bgp: {
    asn: 65001,
    remoteAsn: "external",
    neighbors: [
      { kind: "address", family: 4, address: "10.20.1.1" },
      { kind: "address", family: 6, address: "fd00:20:1::1" },
      { kind: "interface", interface: "e0" },
    ],
    communities: ["65000:82", "65000:83"],
    authentication: { keyFile: "/etc/rackway/bgp.key" },
    bfd: { intervalMs: 50, multiplier: 3 },
  },
};

export const keys = { ospf: "sekrit82", bgp: "bgpsekrit" };
export const debian12: FrrSurroundings = {
  version: [8, 4],
  operatorRuns: { ospf: false, ospf6: false, bgp: false },
  bgpActivatesIpv4: false,
};

/** Answers vtysh(1) with what was recorded in one situation; a command that was not recorded has no answer. */
export function recordedFrr(situation: string): CommandRunner {
  return async (argv) => {
    const commands = argv.flatMap((word, at) => (argv[at - 1] === "-c" ? [word] : []));
    const stdout = commands
      .map((command) => (command === "show version" ? "FRRouting 8.4.4 (ctl-a1) on Linux.\n" : recorded(situation, command)))
      .join("");
    return { code: 0, stdout, stderr: "" };
  };
}

function recorded(situation: string, command: string): string {
  const name = command
    .replace(/^show /, "")
    .replaceAll(/ (?!json$)/g, "-")
    .replaceAll(/[:.]/g, "_")
    .replace(" json", ".json");
  const file = new URL(`${situation}/${name}`, folder);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

export function recordedLog(situation: string): string {
  return readFileSync(new URL(`${situation}/frr.log`, folder), "utf8");
}

/** What a configuration becomes when lines are entered, as FRR takes them: `no`, one setting in the place of another, sections with their headers. */
export function enter(config: readonly FrrLine[], lines: readonly FrrLine[]): FrrLine[] {
  let now = [...config];
  for (const line of lines) {
    const standing = standingActivation(line);
    if (standing !== null) now = standing.isShown ? [...without(now, line), line] : without(now, line);
    else if (line.text.startsWith("no ")) now = takeOut(now, { context: line.context, text: line.text.slice(3) });
    else if (!now.some((other) => lineId(other) === lineId(line))) {
      const others = isHeader(line.text) ? now : now.filter((other) => settingId(other) !== settingId(line));
      now = [...others, line];
    }
  }
  return now;
}

const without = (config: readonly FrrLine[], line: FrrLine): FrrLine[] => config.filter((other) => settingId(other) !== settingId(line));

/** Whether a neighbour speaks a family: IPv4 is what is not said, IPv6 what is. */
function standingActivation({ context, text }: FrrLine): { readonly isShown: boolean } | null {
  if (!/ activate$/.test(text)) return null;
  return { isShown: text.startsWith("no ") === (context.at(-1)?.includes("ipv4") ?? false) };
}

/** `no X` takes out X whatever follows it, with all below it. */
function takeOut(config: readonly FrrLine[], line: FrrLine): FrrLine[] {
  const place = line.context.join("\n");
  const goes = config.filter(
    ({ context, text }) =>
      context.join("\n") === place &&
      (text === line.text || text.startsWith(`${line.text} `) || settingId({ context, text }) === settingId(line)),
  );
  const below = goes.flatMap((header) => linesBelow(config, header));
  const gone = new Set([...goes, ...below].map(lineId));
  return config.filter((other) => !gone.has(lineId(other)));
}

import type { Scenario } from "../harness/scenario.ts";
import { anycastScenarios } from "./scenarios/anycast.ts";
import { anycastPartitionScenarios } from "./scenarios/anycast-partition.ts";
import { anycastRestarts } from "./scenarios/anycast-restarts.ts";
import { anycastScale } from "./scenarios/anycast-scale.ts";
import { cutsInARow } from "./scenarios/cuts-in-a-row.ts";
import { dnsPowerCut } from "./scenarios/dns-power-cut.ts";
import { driftScenario } from "./scenarios/drift.ts";
import { frozenScenarios } from "./scenarios/frozen.ts";
import { lastAddresses } from "./scenarios/last-addresses.ts";
import { linkCut } from "./scenarios/link-cut.ts";
import { longUdp, longUdpSilent } from "./scenarios/long-udp.ts";
import { outage } from "./scenarios/outage.ts";
import { partitionScenarios } from "./scenarios/partition.ts";
import { proxyReload } from "./scenarios/proxy-reload.ts";
import { roamingScenarios } from "./scenarios/roaming.ts";
import { plannedMove } from "./scenarios/planned-move.ts";
import { powerCut, powerCutFenced, powerCutOfTwo, powerCutUnsynchronised } from "./scenarios/power-cut.ts";
import { serverKilled } from "./scenarios/server-killed.ts";
import { uplinkCut } from "./scenarios/uplink-cut.ts";

/** All soak scenarios, in the order in which they run when none is named. A new one is a file in scenarios/ and a line here. */
export const scenarios: readonly Scenario[] = [
  linkCut,
  powerCut,
  powerCutFenced,
  powerCutOfTwo,
  powerCutUnsynchronised,
  plannedMove,
  cutsInARow,
  dnsPowerCut,
  outage,
  longUdp,
  longUdpSilent,
  driftScenario,
  uplinkCut,
  ...partitionScenarios,
  ...frozenScenarios,
  ...anycastScenarios,
  ...anycastPartitionScenarios,
  anycastRestarts,
  anycastScale,
  proxyReload,
  ...roamingScenarios,
  ...lastAddresses,
  ...serverKilled,
];

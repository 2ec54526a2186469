import type { HostBridge } from "@rackway/schema";

import { linuxBridgeDriver } from "./linux-bridge.ts";
import { problem } from "./problem.ts";
import type { Stage } from "./stage.ts";
import { step } from "./stage.ts";

/** Plans one bridge of a host state into a stage. What exists and is not ours is looked at, and left as it is. */
export interface BridgeDriver {
  readonly name: HostBridge["driver"];
  plan(stage: Stage, wanted: HostBridge): void;
  /** Plans away every bridge of ours that is not among `wanted`, and gives the ports back as they were. */
  planRemovals(stage: Stage, wanted: readonly HostBridge[]): void;
}

const openVSwitchDriver: BridgeDriver = {
  name: "openvswitch",
  plan(stage, wanted) {
    stage.blocked.push(step("create", "bridge", wanted.name, null, "Open vSwitch bridge"));
    stage.problems.push(problem("bridge-driver-unsupported", { bridge: wanted.name, network: wanted.network }));
  },
  planRemovals: () => undefined,
};

const drivers: Readonly<Record<HostBridge["driver"], BridgeDriver>> = { linux: linuxBridgeDriver, openvswitch: openVSwitchDriver };

/** All bridges of a host: first those that leave, so that their ports are free for those that come. */
export function planBridges(stage: Stage, wanted: readonly HostBridge[]): void {
  for (const driver of Object.values(drivers)) driver.planRemovals(stage, wanted);
  for (const bridge of wanted) drivers[bridge.driver].plan(stage, bridge);
}

import type { TunnelState } from "@rackway/schema";

import type { LinkObservation } from "./observation.ts";
import { problem } from "./problem.ts";
import type { Stage } from "./stage.ts";
import { step } from "./stage.ts";

/**
 * A member's tunnel device: VXLAN with bare IP in it (RFC 7348; ip-link(8)). It has no address and no far end; the default routes say where to
 * (`tunnelRoutes`). Ours carries the alias `rackway:tunnel/ROUTER`. False: there is none that routes may lead into.
 */
export function planTunnel(stage: Stage, wanted: TunnelState | null): boolean {
  for (const link of stage.world.links.filter(isOurs)) {
    if (link.name === wanted?.device) continue;
    stage.run({ do: "delete-link", name: link.name });
    stage.steps.push(step("delete", "tunnel", link.name, tunnelText(link), null));
  }
  if (wanted === null) return false;
  const { device, mtu, port } = wanted;
  const alias = `${tunnelAlias}${wanted.router}`;
  const text = `port ${port}, mtu ${mtu}`;
  const present = stage.world.links.find(({ name }) => name === device);
  if (present !== undefined && !isOurs(present) && !isUnmarked(present)) {
    stage.blocked.push(step("create", "tunnel", device, null, text));
    stage.problems.push(problem("tunnel-device-foreign", { interface: device }));
    return false;
  }
  const isUsable = present?.vxlan?.isBare === true && present.vxlan.port === port;
  if (isUsable && present.up && present.mtu === mtu && present.alias === alias) return true;
  if (present !== undefined && !isUsable) stage.run({ do: "delete-link", name: device });
  if (!isUsable) {
    stage.run({ do: "add-tunnel", name: device, mtu, port, alias });
    // A kernel without IPv6 refuses the word, and needs it not.
    if (stage.world.links.some(({ addresses }) => addresses.some(({ family }) => family === 6)))
      stage.run({ do: "set-bare", name: device });
  } else if (present.mtu !== mtu) stage.run({ do: "set-mtu", name: device, mtu });
  stage.run({ do: "set-alias", name: device, alias }, { do: "set-up", name: device, up: true });
  const before = present === undefined ? null : present.up ? tunnelText(present) : "down";
  stage.steps.push(step(before === null ? "create" : "change", "tunnel", device, before, text));
  return true;
}

const tunnelAlias = "rackway:tunnel/";

function isOurs({ alias }: LinkObservation): boolean {
  return alias?.startsWith(tunnelAlias) === true;
}

/** When we were cut off between making it and marking it. */
function isUnmarked({ alias, vxlan }: LinkObservation): boolean {
  return alias === null && vxlan?.isBare === true;
}

function tunnelText({ vxlan, mtu }: LinkObservation): string {
  return `port ${vxlan?.port ?? "?"}, mtu ${mtu}`;
}

import type { HostBridge } from "@rackway/schema";

import { planPortRelease } from "./bridge-port.ts";
import type { LinkObservation } from "./observation.ts";
import type { Stage } from "./stage.ts";
import { step } from "./stage.ts";

/**
 * VLAN interfaces (ip-link(8), type vlan) between an interface and the bridge of a tagged network. Ours carry the alias
 * `rackway:vlan/NETWORK`; one of that name that is there already is used as it is. The interface below keeps its own addresses: only what
 * it must be for the VLAN (up, with room for its frames) is changed, remembered, and put back.
 */
const aliasPrefix = "rackway:vlan/";

export function isOurVlan(link: LinkObservation): boolean {
  return link.alias?.startsWith(aliasPrefix) ?? false;
}

/** `INTERFACE.VLAN`, or null for a network without a tag. */
export function vlanName(wanted: HostBridge): string | null {
  return wanted.port === null || wanted.vlan === null ? null : `${wanted.port}.${wanted.vlan}`;
}

/** The VLAN's interface `name` over `parent`, made if it is not there. */
export function planVlan(stage: Stage, wanted: HostBridge, parent: LinkObservation, name: string): void {
  const present = stage.world.links.find((link) => link.name === name);
  if (present !== undefined && !isOurVlan(present)) return;
  prepareParent(stage, wanted, parent, name);
  if (present !== undefined) return;
  const alias = aliasPrefix + wanted.network;
  stage.run({ do: "add-vlan", name, parent: parent.name, id: wanted.vlan ?? 0, alias }, { do: "set-alias", name, alias });
  stage.steps.push(step("create", "vlan", name, null, `VLAN ${wanted.vlan ?? 0} of ${parent.name}`));
}

function prepareParent(stage: Stage, wanted: HostBridge, parent: LinkObservation, name: string): void {
  const isSmall = parent.mtu < wanted.mtu;
  if (!isSmall && parent.up) return;
  const original = { bridge: name, mtu: parent.mtu, up: parent.up, addresses: [], routes: [] };
  stage.keep((originals) => ({ ...originals, ports: { [parent.name]: original, ...originals.ports } }));
  if (isSmall) stage.run({ do: "set-mtu", name: parent.name, mtu: wanted.mtu });
  if (!parent.up) stage.run({ do: "set-up", name: parent.name, up: true });
  stage.steps.push(
    step(
      "change",
      "interface",
      parent.name,
      `MTU ${parent.mtu}${parent.up ? "" : ", down"}`,
      `MTU ${Math.max(parent.mtu, wanted.mtu)}, up`,
    ),
  );
}

/** Takes away the VLANs of ours that no network needs any more, and puts back the interface below the last one. */
export function planVlanRemovals(stage: Stage, wanted: readonly HostBridge[]): void {
  const names = new Set(wanted.map(vlanName));
  for (const link of stage.world.links.filter((candidate) => isOurVlan(candidate) && !names.has(candidate.name))) {
    stage.run({ do: "delete-link", name: link.name });
    stage.steps.push(step("delete", "vlan", link.name, `VLAN ${link.vlanId ?? "?"}`, null));
    for (const [parent, saved] of Object.entries(stage.originals.ports)) {
      if (saved.bridge !== link.name) continue;
      const other = wanted.find(({ port, vlan }) => port === parent && vlan !== null);
      if (other === undefined) planPortRelease(stage, parent, saved);
      else
        stage.keep((originals) => ({ ...originals, ports: { ...originals.ports, [parent]: { ...saved, bridge: vlanName(other) ?? "" } } }));
    }
  }
}

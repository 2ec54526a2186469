import type { PacemakerState } from "@rackway/schema";
import { drainedAttribute, failureTimeout } from "./resource-parts.ts";
import type { CibIntent, Primitive, Resource } from "./resource.ts";
import { routerConstraints, routerResources } from "./router-resources.ts";
import { serviceConstraints } from "./service-constraints.ts";
import { serviceResources } from "./service-resources.ts";

/** Everything of ours that the CIB of one Pacemaker cluster must hold. Pure. */
export function renderCib(pacemaker: PacemakerState, revision: number): CibIntent {
  const nodes = pacemaker.nodes.map((node) => node.name);
  return {
    epoch: pacemaker.epoch,
    revision,
    properties: clusterProperties(pacemaker),
    resources: [
      ...pacemaker.fencing.map((device, index): Resource => ({ kind: "primitive", primitive: fencePrimitive(device, index, pacemaker) })),
      ...pacemaker.routers.flatMap((router) => routerResources(router, pacemaker.takeover)),
      ...serviceResources(pacemaker),
    ],
    constraints: [...pacemaker.routers.flatMap((router) => routerConstraints(router, nodes)), ...serviceConstraints(pacemaker)],
    nodeAttributes: Object.fromEntries(
      pacemaker.nodes.filter((node) => node.drained).map((node) => [node.name, { [drainedAttribute]: "true" }]),
    ),
  };
}

function clusterProperties(pacemaker: PacemakerState): Record<string, string> {
  return {
    "stonith-enabled": pacemaker.fencing.length > 0 ? "true" : "false",
    // Clones that may be everywhere have requires=nothing and stay; the rest stops, the guard having been there first.
    "no-quorum-policy": "stop",
    "start-failure-is-fatal": "false",
    "concurrent-fencing": "true",
    "cluster-recheck-interval": "30s",
    "dc-deadtime": "5s",
    // By default a busy host is spared: a takeover would wait, one action at a time, for whatever keeps the processors busy.
    "load-threshold": "0%",
    "stonith-timeout": "30s",
    "pe-input-series-max": "400",
    "pe-warn-series-max": "200",
    "pe-error-series-max": "200",
  };
}

/**
 * `takeover: fenced` puts the real agent into the CIB: Pacemaker waits for it. `takeover: quorum` puts `fence_rackway` in between, which
 * does not keep a takeover waiting for a host that has left the membership.
 */
function fencePrimitive(device: PacemakerState["fencing"][number], index: number, pacemaker: PacemakerState): Primitive {
  const nodes = pacemaker.nodes.map((node) => node.name);
  const fencesAlongside = pacemaker.takeover === "quorum";
  const hosts = device.hosts.length > 0 ? device.hosts : nodes;
  return {
    id: `rw-fence-${index + 1}`,
    agent: fencesAlongside ? "stonith:fence_rackway" : `stonith:${device.agent}`,
    parameters: {
      ...device.parameters,
      ...(fencesAlongside ? { agent: device.agent } : {}),
      pcmk_host_list: hosts.join(" "),
      pcmk_host_check: "static-list",
      // Two hosts that lose sight of each other must not shoot at the same moment.
      ...(nodes.length === 2 ? { pcmk_delay_max: "3s" } : {}),
    },
    meta: { requires: "nothing", "migration-threshold": "1000000", "failure-timeout": failureTimeout },
    operations: [{ name: "monitor", intervalMs: 60_000, timeoutMs: 20_000 }],
  };
}

import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { PacemakerCluster } from "@rackway/ipam";
import type { PacemakerSpec } from "@rackway/schema";
import { isSecretOption } from "@rackway/schema";

import { quorumDeviceAddress } from "./compile-quorum-device.ts";
import { corosyncFamily } from "./corosync-family.ts";
import type { RuleContext } from "./rule-context.ts";
import { knownNames } from "./rule-context.ts";

/** Failure domains: who belongs to which, and whether what they promise can be kept. */
export function* pacemakerRules(context: RuleContext): Generator<Issue> {
  yield* membershipRules(context);
  for (const cluster of context.pacemaker) {
    const path = clusterPath(context, cluster);
    yield* fenceDeviceIssues(context, cluster, path);
    if (cluster.controllers.length === 0) {
      if (cluster.settings.racks.some((rack) => context.index.racks.has(rack))) {
        yield issue("pacemaker-without-controllers", { cluster: cluster.settings.name }, { path });
      }
      continue;
    }
    if (context.index.pacemaker.some(({ settings }) => settings.name === cluster.settings.name)) yield* familyIssues(cluster, path);
    yield* takeoverIssues(cluster, path);
    yield* quorumDeviceIssues(context, cluster, path);
  }
}

/** Where the entry stands; for one that nobody wrote, its rack. */
function clusterPath({ document }: RuleContext, { settings, specIndex }: PacemakerCluster): FieldPath {
  if (specIndex !== null) return ["spec", "pacemaker", specIndex];
  return ["spec", "racks", document.spec.racks.findIndex(({ name }) => name === settings.name)];
}

function* membershipRules({ document, pacemaker }: RuleContext): Generator<Issue> {
  const entries = document.spec.pacemaker ?? [];
  const clusterOfRack = new Map<string, string>();
  for (const [index, { name, racks }] of entries.entries()) {
    for (const [place, rack] of racks.entries()) {
      const other = clusterOfRack.get(rack);
      if (other === undefined) clusterOfRack.set(rack, name);
      else yield issue("pacemaker-rack-twice", { rack, other }, { path: ["spec", "pacemaker", index, "racks", place] });
    }
  }
  for (const { settings, specIndex } of pacemaker) {
    const taken = entries.findIndex(({ name }) => name === settings.name);
    if (specIndex !== null || taken < 0) continue;
    const path = ["spec", "pacemaker", taken, "name"];
    yield issue("pacemaker-name-taken", { cluster: settings.name, rack: settings.name }, { path });
  }
}

/** Silent where an address or the network is missing altogether: other rules say so. */
function* familyIssues(cluster: PacemakerCluster, path: FieldPath): Generator<Issue> {
  const { settings, controllers } = cluster;
  if (corosyncFamily(cluster) !== null || controllers.some((host) => host.addresses[settings.network] === undefined)) return;
  yield issue("pacemaker-family", { cluster: settings.name, network: settings.network }, { path });
}

function* takeoverIssues({ settings, controllers, specIndex }: PacemakerCluster, path: FieldPath): Generator<Issue> {
  const count = controllers.length;
  if (count === 1) return;
  const parameters = { cluster: settings.name };
  const unfenced = controllers.filter(({ name }) => !canBeFenced(settings, name)).map(({ name }) => name);
  const at = (field: string): FieldPath => (specIndex === null ? path : [...path, field]);
  const hasDevice = settings.quorumDevice !== undefined;
  if (count === 2 && !hasDevice) {
    if (settings.takeover !== "fenced" || unfenced.length > 0) yield issue("two-controllers", parameters, { path });
    return;
  }
  if (count % 2 === 0 && !hasDevice) yield issue("controllers-even", { ...parameters, count, fewer: count - 1 }, { path });
  if (settings.fencing.length > 0) {
    if (unfenced.length > 0) yield issue("fencing-incomplete", { ...parameters, hosts: unfenced.join(", ") }, { path: at("fencing") });
  } else if (settings.takeover === "fenced") yield issue("takeover-fenced-without-fencing", parameters, { path: at("takeover") });
  else yield issue("fencing-absent", parameters, { path });
}

/** A vote on another host helps where the controllers can split into two halves; elsewhere it is one more thing that can be lost. */
function* quorumDeviceIssues({ hosts }: RuleContext, cluster: PacemakerCluster, path: FieldPath): Generator<Issue> {
  const { settings, controllers } = cluster;
  if (settings.quorumDevice === undefined) return;
  const { host } = settings.quorumDevice;
  const parameters = { cluster: settings.name, count: controllers.length, host, network: settings.network };
  const at = [...path, "quorumDevice"];
  const device = hosts.get(host);
  if (device === undefined) {
    const others = [...hosts.keys()].filter((name) => !controllers.some((controller) => controller.name === name));
    yield issue("host-unknown", { host, ...knownNames(host, others) }, { path: [...at, "host"] });
  } else if (controllers.includes(device)) yield issue("quorum-device-inside", parameters, { path: [...at, "host"] });
  else if (corosyncFamily(cluster) !== null && quorumDeviceAddress(cluster, device) === null) {
    yield issue("quorum-device-address", parameters, { path: [...at, "host"] });
  }
  if (controllers.length === 1) yield issue("quorum-device-single", parameters, { path: at });
  else if (controllers.length % 2 === 1) yield issue("quorum-device-odd", parameters, { path: at });
}

function canBeFenced({ fencing }: PacemakerSpec, host: string): boolean {
  return fencing.some(({ hosts }) => hosts?.includes(host) ?? true);
}

function* fenceDeviceIssues({ hosts }: RuleContext, cluster: PacemakerCluster, path: FieldPath): Generator<Issue> {
  const names = cluster.controllers.map(({ name }) => name);
  for (const [index, device] of cluster.settings.fencing.entries()) {
    const at = [...path, "fencing", index];
    for (const [place, host] of (device.hosts ?? []).entries()) {
      if (names.includes(host)) continue;
      const hostPath = [...at, "hosts", place];
      const known = knownNames(host, names);
      if (hosts.has(host))
        yield issue("fencing-host-foreign", { host, cluster: cluster.settings.name, known: known.known }, { path: hostPath });
      else yield issue("host-unknown", { host, ...known }, { path: hostPath });
    }
    for (const parameter of Object.keys(device.parameters)) {
      if (isSecretOption(parameter)) yield issue("fencing-secret", { parameter }, { path: [...at, "parameters", parameter] });
    }
  }
}

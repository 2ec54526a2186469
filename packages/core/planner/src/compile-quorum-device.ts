import type { PacemakerCluster } from "@rackway/ipam";
import type { Address } from "@rackway/net";
import type { HostSpec, PacemakerState, QuorumServerState, SecretRef } from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { families, hostAddress } from "./cluster-index.ts";
import { corosyncFamily } from "./corosync-family.ts";

/** What a quorum device's certificates are for; each is one secret. */
export const certificatePurpose = {
  /** Of corosync-qnetd on a host. */
  server: (host: string): string => `quorum-server/${host}`,
  /** Of all controllers of a Pacemaker cluster. */
  cluster: (cluster: string): string => `quorum-cluster/${cluster}`,
} as const;

/**
 * Where a Pacemaker cluster's controllers reach their quorum device: its address in the network that Corosync talks over, of Corosync's own
 * family where it has one, else of the other where all controllers have it. Null: there is none.
 */
export function quorumDeviceAddress(cluster: PacemakerCluster, device: HostSpec): Address | null {
  const { settings, controllers } = cluster;
  const preferred = corosyncFamily(cluster);
  const ordered = [...families].sort((left, right) => Number(right === preferred) - Number(left === preferred));
  const usable = ordered.find((family) => [device, ...controllers].every((host) => hostAddress(host, settings.network, family) !== null));
  return usable === undefined ? null : hostAddress(device, settings.network, usable);
}

/** The quorum devices of a validated document, from both sides. */
export class QuorumDevices {
  readonly #hosts: ReadonlyMap<string, HostSpec>;
  readonly #clusters: ReadonlyMap<string, readonly string[]>;
  readonly #certificates: ReadonlyMap<string, SecretRef>;

  /** `certificates` by purpose; what is not made yet is stood in for. */
  constructor({ document, pacemaker }: ClusterIndex, certificates: ReadonlyMap<string, SecretRef>) {
    const served = pacemaker.flatMap(({ settings }) =>
      settings.quorumDevice === undefined ? [] : [{ host: settings.quorumDevice.host, cluster: settings.name }],
    );
    const named = new Set(served.map(({ host }) => host));
    this.#hosts = new Map(document.spec.hosts.filter(({ name }) => named.has(name)).map((host) => [host.name, host]));
    this.#clusters = new Map([...named].map((name) => [name, served.filter(({ host }) => host === name).map(({ cluster }) => cluster)]));
    this.#certificates = certificates;
  }

  /** What the controllers of a Pacemaker cluster must know; null: it has no quorum device. */
  of(cluster: PacemakerCluster): PacemakerState["quorumDevice"] {
    const { name, quorumDevice } = cluster.settings;
    if (quorumDevice === undefined) return null;
    const { host, algorithm } = quorumDevice;
    const spec = this.#hosts.get(host);
    const address = spec === undefined ? null : quorumDeviceAddress(cluster, spec);
    if (address === null) throw new Error(`the document was not validated: the quorum device of ${name} has no address`);
    return { host, address: address.text, algorithm, certificate: this.#certificate(certificatePurpose.cluster(name)) };
  }

  /** What a host must do as a quorum device; null: it is none. */
  servedBy(host: string): QuorumServerState | null {
    const clusters = this.#clusters.get(host);
    return clusters === undefined ? null : { clusters: [...clusters], certificate: this.#certificate(certificatePurpose.server(host)) };
  }

  #certificate(purpose: string): SecretRef {
    return this.#certificates.get(purpose) ?? { id: purpose.replace("/", "-"), sha256: "made when the change is applied" };
  }
}

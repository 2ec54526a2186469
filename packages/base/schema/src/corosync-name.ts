/**
 * The name that Corosync encrypts by, Pacemaker knows itself by, and a quorum device tells Pacemaker clusters apart by: it is in the
 * certificate that a cluster shows there, too.
 */
export function corosyncClusterName(pacemakerCluster: string): string {
  return `rackway-${pacemakerCluster}`;
}

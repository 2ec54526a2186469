/** Why an announcement was withdrawn, other than that the service is down. Dampening does not count these, nor where they are read back. */
export const drainedReason = "this host is drained";
export const notHeldReason = "the VIP is no longer held here";
export const notOwnerReason = "this host is not the owner any more";
export const stoppedReason = "the checker is stopped";

const notForHealth: ReadonlySet<string> = new Set([drainedReason, notHeldReason, notOwnerReason, stoppedReason]);

export function isForHealth(reason: string): boolean {
  return !notForHealth.has(reason);
}

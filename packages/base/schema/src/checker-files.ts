import { z } from "zod";

/**
 * What the checker of a service namespace (`ocf:rackway:health`) leaves in its folder, /run/rackway/rw-NAMESPACE-check, for whoever looks:
 * `status.json` is what it thinks at the moment (replaced as a whole), `events` what became of it (a line of JSON each, bounded: begun anew
 * when it is long). It writes them and asks nobody; the agent reads them and reports.
 */
/**
 * Why announcing differs from the health. `drained`: an operator wants it; `last`: nobody else announces it, so it stays; `dampened`: it came
 * and went too often; `arrival`: neighbours take one change a second; `way-back`: replies would not leave.
 */
export const announcementHoldSchema = z.enum(["drained", "last", "dampened", "arrival", "way-back"]);

/** One address of a VIP: each is asked, announced and withdrawn by itself. */
export const checkedVipSchema = z.strictObject({
  vip: z.string(),
  address: z.string(),
  mode: z.enum(["anycast", "roaming", "failover"]),
  /** `unknown`: not asked `rise` or `fall` times yet. A VIP without a check is `up` while it is held. */
  health: z.enum(["up", "down", "unknown"]),
  /** Of the health, and of what keeps an announcement back or alive: one sentence for people. */
  reason: z.string(),
  /** Since when the health is so. */
  since: z.iso.datetime(),
  /** The checker has put the routes that the routing daemon announces. */
  announced: z.boolean(),
  /** Why announcing differs from the health; null: it does not. */
  held: announcementHoldSchema.nullable(),
});

export const checkerStatusSchema = z.strictObject({
  namespace: z.string(),
  at: z.iso.datetime(),
  drained: z.boolean(),
  vips: z.array(checkedVipSchema),
});

export const checkerEventSchema = z.strictObject({
  at: z.iso.datetime(),
  kind: z.enum(["vip-up", "vip-down", "vip-announced", "vip-withdrawn", "vip-kept", "vip-dampened"]),
  namespace: z.string(),
  vip: z.string(),
  address: z.string(),
  reason: z.string(),
});

export type AnnouncementHold = z.infer<typeof announcementHoldSchema>;
/** The node attribute of a resource of roaming or failover VIPs by which the checker says how good a place its host is (0 … 9000; absent: nothing is against it), and Pacemaker weighs it. */
export function ownerHealth(resource: string): string {
  return `${resource}-health`;
}

export type CheckedVip = z.infer<typeof checkedVipSchema>;
export type CheckerStatus = z.infer<typeof checkerStatusSchema>;
export type CheckerEvent = z.infer<typeof checkerEventSchema>;

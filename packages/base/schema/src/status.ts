import { z } from "zod";

/** `rackway status -o json`: a contract (DESIGN.md). Everything from observation; what cannot be seen is null. */
const family = z.union([z.literal(4), z.literal(6)]);

export const statusSchema = z.strictObject({
  cluster: z.string(),
  quorate: z.boolean(),
  revision: z.int().nullable(),
  observedAt: z.iso.datetime(),
  pacemaker: z.array(
    z.strictObject({
      name: z.string(),
      quorate: z.boolean(),
      dc: z.string().nullable(),
      fencing: z.enum(["on", "off"]),
      takeover: z.enum(["quorum", "fenced"]),
      hosts: z.array(z.string()),
      ageMs: z.int().nullable(),
    }),
  ),
  hosts: z.array(
    z.strictObject({
      name: z.string(),
      rack: z.string(),
      role: z.enum(["controller", "member"]),
      online: z.boolean(),
      agent: z.enum(["ok", "stale", "absent"]),
      drained: z.boolean(),
      paused: z.boolean(),
      converged: z.boolean().nullable(),
      dc: z.boolean(),
      ageMs: z.int().nullable(),
    }),
  ),
  routers: z.array(
    z.strictObject({
      name: z.string(),
      rack: z.string(),
      active: z.string().nullable(),
      /** Since when the active host has been seen as such; absent or null: not known. */
      activeSince: z.iso.datetime().nullable().optional(),
      vips: z.array(z.strictObject({ name: z.enum(["public", "management"]), family, address: z.string(), owners: z.array(z.string()) })),
      connectionSync: z.strictObject({ inStep: z.boolean(), entries: z.int(), lagMs: z.int().nullable() }).nullable(),
      dns: z.strictObject({ healthy: z.boolean() }).nullable(),
      ntp: z.strictObject({ healthy: z.boolean(), offsetMs: z.number() }).nullable(),
      ageMs: z.int().nullable(),
    }),
  ),
  vips: z.array(
    z.strictObject({
      name: z.string(),
      mode: z.enum(["failover", "roaming", "anycast"]),
      namespace: z.string(),
      family,
      address: z.string(),
      owners: z.array(z.string()),
      announcedBy: z.array(z.string()),
      health: z.enum(["up", "down", "unknown"]),
      reason: z.string(),
      ageMs: z.int().nullable(),
    }),
  ),
  /** What the agents say is wrong on their hosts, in words; and what the reports contradict each other about. */
  problems: z.array(z.strictObject({ subject: z.string(), code: z.string(), message: z.string(), hint: z.string().nullable() })).optional(),
});

export type Status = z.infer<typeof statusSchema>;

import { z } from "zod";

import { connectionTableSchema } from "./report.ts";

/** `rackway status -o json`: a contract (DESIGN.md). Everything from observation; what cannot be seen is null. */
const family = z.union([z.literal(4), z.literal(6)]);

/** Who asked for something, when and why. */
export const operatorWordSchema = z.strictObject({ since: z.iso.datetime(), reason: z.string(), by: z.string() });

/** Who drained a host, and how that ends; absent where it was not kept. */
export const drainWordSchema = operatorWordSchema.extend({
  /** When what is left there is let go. */
  deadline: z.iso.datetime().optional(),
  /** Also a VIP that nobody else announces is let go. */
  force: z.boolean().optional(),
});

export const statusProblemSchema = z.strictObject({
  /** `critical`: traffic is cut, or two hosts own an address. `warning`: redundancy or control is lost, traffic flows. `info`: as somebody wanted it, or soon over. */
  severity: z.enum(["critical", "warning", "info"]),
  code: z.string(),
  /** `router/vr-a`, `vip/api`, `pacemaker/rack-a`, `host/ctl-a1`. */
  subject: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  /** Since when it is so; null where that is not known. */
  since: z.iso.datetime().nullable(),
});

/** A revision that is undone at `deadline` unless it is confirmed; `base` is what the hosts then go back to. */
export const unconfirmedSchema = z.strictObject({
  revision: z.int(),
  base: z.int(),
  deadline: z.iso.datetime(),
  /** 0: the time is over, and it is being undone. */
  leftMs: z.int(),
});

export const statusSchema = z.strictObject({
  cluster: z.string(),
  quorate: z.boolean(),
  revision: z.int().nullable(),
  observedAt: z.iso.datetime(),
  /** The current revision is undone at `deadline` unless somebody confirms it. Null or absent: it stays. */
  unconfirmed: unconfirmedSchema.nullable().optional(),
  pacemaker: z.array(
    z.strictObject({
      name: z.string(),
      quorate: z.boolean(),
      dc: z.string().nullable(),
      fencing: z.enum(["on", "off"]),
      takeover: z.enum(["quorum", "fenced"]),
      hosts: z.array(z.string()),
      /** The host that decides between two halves, and the controllers that say that they are connected to it. Null or absent: there is none. */
      quorumDevice: z
        .strictObject({ host: z.string(), connected: z.array(z.string()) })
        .nullable()
        .optional(),
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
      /** Who drained and who paused it, when and why; null or absent: it is not, or that is not known here. */
      drain: drainWordSchema.nullable().optional(),
      pause: operatorWordSchema.nullable().optional(),
      converged: z.boolean().nullable(),
      dc: z.boolean(),
      ageMs: z.int().nullable(),
    }),
  ),
  routers: z.array(
    z.strictObject({
      name: z.string(),
      /** Of a roaming router: the rack that it is in, or the first of its racks where it is in none. */
      rack: z.string(),
      /** Of a roaming router alone: the racks whose members leave through it. */
      racks: z.array(z.string()).optional(),
      active: z.string().nullable(),
      /** Since when the active host has been seen as such; absent or null: not known. */
      activeSince: z.iso.datetime().nullable().optional(),
      vips: z.array(z.strictObject({ name: z.enum(["public", "management"]), family, address: z.string(), owners: z.array(z.string()) })),
      connectionSync: z.strictObject({ inStep: z.boolean(), entries: z.int(), lagMs: z.int().nullable() }).nullable(),
      /** The active host's connection table; null or absent: not known. */
      connections: connectionTableSchema.nullable().optional(),
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
      /** Hosts that the document lets hold it: all of them do at once (`anycast`), or one does. */
      eligible: z.array(z.string()),
      /** Hosts that hold it by their own word of now. */
      owners: z.array(z.string()),
      announcedBy: z.array(z.string()),
      health: z.enum(["up", "down", "unknown"]),
      reason: z.string(),
      /** Of the newest observation by any host. */
      ageMs: z.int().nullable(),
    }),
  ),
  /** All that is not as it should be, gravest first, routers before what they stand on: found by comparing what was seen, or told by an agent. */
  problems: z.array(statusProblemSchema),
});

export type Unconfirmed = z.infer<typeof unconfirmedSchema>;
export type StatusProblem = z.infer<typeof statusProblemSchema>;
export type DrainWord = z.infer<typeof drainWordSchema>;
export type OperatorWord = z.infer<typeof operatorWordSchema>;
export type Status = z.infer<typeof statusSchema>;

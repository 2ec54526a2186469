import { z } from "zod";

import type { AddressObservation, RouteObservation } from "./observation.ts";

/**
 * What was there before us: the memory that makes removal exact. Written to disk *before* the change that it is about, so that a crash
 * in between forgets nothing; an entry that exists is kept as it is, because by then the world may be half changed by us.
 *
 * Links, addresses, routes and sysctls live in the kernel and are set up again by the operating system at boot: what is remembered of
 * them holds for one life of one network namespace (`world`). Files outlive it.
 */
const family = z.union([z.literal(4), z.literal(6)]);

const savedAddressSchema = z.strictObject({
  family,
  address: z.string(),
  prefixLength: z.int(),
  scope: z.string(),
  broadcast: z.string().nullable(),
  label: z.string().nullable(),
  dynamic: z.boolean(),
  noPrefixRoute: z.boolean(),
});

const savedRouteSchema = z.strictObject({
  family,
  to: z.string(),
  nextHops: z.array(z.strictObject({ via: z.string().nullable(), device: z.string(), weight: z.int(), onLink: z.boolean() })),
  metric: z.int(),
  protocol: z.string(),
  scope: z.string().nullable(),
  source: z.string().nullable(),
  mtu: z.int().nullable(),
  encap: z.strictObject({ id: z.int(), source: z.string(), destination: z.string() }).optional(),
});

const savedPathSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("absent"), kept: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal("file"),
    /** Its bytes in base64. */
    content: z.string(),
    mode: z.int(),
    uid: z.int(),
    gid: z.int(),
    kept: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal("link"), target: z.string(), kept: z.array(z.string()) }),
]);

export const originalsSchema = z.strictObject({
  schema: z.literal(1),
  /** Boot and network namespace that the kernel's part belongs to. */
  world: z.string(),
  /** Interface that we made a bridge's port, to what it was. */
  ports: z.record(
    z.string(),
    z.strictObject({
      bridge: z.string(),
      mtu: z.int(),
      up: z.boolean(),
      addresses: z.array(savedAddressSchema),
      routes: z.array(savedRouteSchema),
    }),
  ),
  /** Routes of others that ours took the place of. */
  routes: z.array(savedRouteSchema),
  sysctls: z.record(z.string(), z.string()),
  /** Files of others (a package's default) that ours took the place of: content in base64. */
  files: z.record(z.string(), z.strictObject({ mode: z.int(), content: z.string() })),
  /**
   * What was at /etc/resolv.conf: `own`, the host's own file, link or nothing; `mounted`, a file that was mounted over it. `kept` are the
   * lines of it that ours has too.
   */
  resolvConf: z.partialRecord(z.enum(["own", "mounted"]), savedPathSchema).default({}),
  /** Folders of others' daemons that were not there before we put a file into them. */
  folders: z.array(z.string()).default([]),
  /** Daemons that have yet to be told that a file of ours came, changed or went: the files alone do not show it any more. */
  untold: z.array(z.enum(["systemd-resolved", "chrony", "systemd-timesyncd"])).default([]),
});

export type Originals = z.infer<typeof originalsSchema>;
export type SavedPath = z.infer<typeof savedPathSchema>;
export type SavedPort = Originals["ports"][string];

export function emptyOriginals(world: string): Originals {
  return { schema: 1, world, ports: {}, routes: [], sysctls: {}, files: {}, resolvConf: {}, folders: [], untold: [] };
}

/** Originals for this life of the host: after a boot, what lived in the kernel is the operating system's again. */
export function originalsFor(world: string, remembered: Originals): Originals {
  const { files, resolvConf, folders, untold } = remembered;
  return remembered.world === world ? remembered : { ...emptyOriginals(world), files, resolvConf, folders, untold };
}

/** Copies without `readonly`, as the schema's type wants them. */
export function savedAddress(address: AddressObservation): Originals["ports"][string]["addresses"][number] {
  return { ...address };
}

export function savedRoute(route: RouteObservation): Originals["routes"][number] {
  return { ...route, nextHops: route.nextHops.map((hop) => ({ ...hop })) };
}

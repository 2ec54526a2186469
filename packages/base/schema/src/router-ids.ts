/**
 * The things of a router or a service namespace in Pacemaker's configuration are called `rw-NAME` and `rw-NAME-WORD…`, and an id is given
 * once in it. So neither must be called what another one's things are called: `vr-a-vips` beside `vr-a`.
 */
export const routerIdWords = [
  ...["ns", "out", "sync", "watch", "ra", "dns", "ntp", "vips"],
  ...["clone", "meta", "params", "start", "stop", "monitor"],
  ...["uplink", "instep", "prefer", "entries"],
] as const;

/** What the things of a service namespace are called: numbers of chunks and names of racks, networks and groups follow `vips`, `roam`, `lan`, `net` and `watch`. */
export const namespaceIdWords = [
  ...["ns", "vips", "roam", "lan", "net", "out", "dns", "ntp", "run"],
  ...["proxy", "check", "tunnel", "watch", "uplink"],
] as const;

const idWords = [...new Set<string>([...routerIdWords, ...namespaceIdWords])];

/** Ids of ours that are no router's: `rw-fence-1`, `rw-node-1`, `rw-properties`. */
const ownIds = /^((fence|node)-\d+|properties)(-|$)/;

/** Who among `others` has things of this name, `""` where Rackway itself has; null: the name is free. */
export function nameHolder(name: string, others: Iterable<string>): string | null {
  if (ownIds.test(name)) return "";
  for (const other of others) {
    const rest = name.startsWith(`${other}-`) ? name.slice(other.length + 1) : "";
    if (idWords.some((word) => rest === word || rest.startsWith(`${word}-`))) return other;
  }
  return null;
}

/** Ids of a router's resources in the CIB, by which reports name them; the resource's id is also the name of its folder under /run/rackway. */
export function routerResourceIds(router: { readonly name: string }) {
  const base = `rw-${router.name}`;
  return {
    namespace: `${base}-ns`,
    router: base,
    wayOut: `${base}-out`,
    sync: `${base}-sync`,
    watch: `${base}-watch`,
    advertisements: `${base}-ra`,
    dns: `${base}-dns`,
    ntp: `${base}-ntp`,
    vips: `${base}-vips`,
  } as const;
}

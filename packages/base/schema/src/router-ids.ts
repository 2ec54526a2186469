/**
 * A router's things in Pacemaker's configuration are called `rw-ROUTER` and `rw-ROUTER-WORD…`, and an id is given once in it. So a router
 * must not be called what another one's things are called: `vr-a-vips` beside `vr-a`.
 */
export const routerIdWords = [
  ...["ns", "out", "sync", "watch", "ra", "vips"],
  ...["clone", "meta", "params", "start", "stop", "monitor"],
  ...["uplink", "instep", "prefer", "entries"],
] as const;

/** Ids of ours that are no router's: `rw-fence-1`, `rw-node-1`, `rw-properties`. */
const ownIds = /^((fence|node)-\d+|properties)(-|$)/;

/** The router among `others` that has things of this name, `""` where Rackway itself has; null: the name is free. */
export function routerNameHolder(name: string, others: Iterable<string>): string | null {
  if (ownIds.test(name)) return "";
  for (const other of others) {
    const rest = name.startsWith(`${other}-`) ? name.slice(other.length + 1) : "";
    if (routerIdWords.some((word) => rest === word || rest.startsWith(`${word}-`))) return other;
  }
  return null;
}

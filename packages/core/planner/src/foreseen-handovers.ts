import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { ClusterDocument, HostState } from "@rackway/schema";

/** A document and what follows from it for the hosts. */
export interface Compiled {
  readonly document: ClusterDocument;
  readonly hostStates: ReadonlyMap<string, HostState>;
}

/** Who has an address that only one host may have: a resource of Pacemaker's. */
interface Holder {
  readonly address: string;
  /** Tells resources apart. */
  readonly id: string;
  readonly words: string;
  /** The VIP's name, or the router's. */
  readonly name: string;
}

/**
 * What is dangerous on the way from one revision to the next, though both are right: an address with one owner that goes from one resource of
 * Pacemaker's to another, for nothing orders that start behind this stop; and a host that has another's address and is taken for another host. Pure.
 */
export function foreseeHandovers(before: Compiled, after: Compiled): Issue[] {
  return [...unordered(before, after), ...renamed(before.document, after.document)];
}

function* unordered(before: Compiled, after: Compiled): Generator<Issue> {
  const was = holdersOf(before.hostStates);
  for (const [key, holder] of holdersOf(after.hostStates)) {
    const old = was.get(key);
    if (old === undefined || old.id === holder.id) continue;
    yield issue(
      "owner-unordered",
      { address: holder.address, before: old.words, after: holder.words },
      { path: pathOf(after.document, holder.name) },
    );
  }
}

/** By place and address: racks that know nothing of each other may have the same one. */
function holdersOf(states: ReadonlyMap<string, HostState>): Map<string, Holder> {
  const holders = new Map<string, Holder>();
  for (const { host, pacemaker } of states.values()) {
    for (const { name, vips, controllers } of pacemaker?.routers ?? []) {
      if (!controllers.includes(host.name)) continue;
      for (const { address } of vips)
        holders.set(`${host.rack} ${address}`, { address, id: `router ${name}`, words: `router ${name}`, name });
    }
    for (const service of pacemaker?.services ?? []) {
      for (const { mode, name: group, rack, vips } of service.sets) {
        if (mode === "anycast") continue;
        const words = service.router === undefined ? `group ${group ?? ""} of namespace ${service.name}` : `router ${service.name}`;
        const id = `${pacemaker?.cluster ?? ""} ${service.name} ${mode} ${group ?? ""}`;
        for (const { name, addresses } of vips)
          for (const { address } of addresses) holders.set(`${rack ?? "*"} ${address}`, { address, id, words, name });
      }
    }
  }
  return holders;
}

function pathOf({ spec }: ClusterDocument, name: string): FieldPath {
  const vip = (spec.vips ?? []).findIndex((each) => each.name === name);
  if (vip >= 0) return ["spec", "vips", vip];
  const router = spec.virtualRouters.findIndex((each) => each.name === name);
  return router >= 0 ? ["spec", "virtualRouters", router] : ["spec"];
}

function* renamed(before: ClusterDocument, after: ClusterDocument): Generator<Issue> {
  const names = new Set(after.spec.hosts.map(({ name }) => name));
  const left = new Map<string, string>();
  for (const { name, rack, addresses } of before.spec.hosts)
    if (!names.has(name)) for (const address of Object.values(addresses).flat()) left.set(`${rack} ${address}`, name);
  const known = new Set(before.spec.hosts.map(({ name }) => name));
  for (const [index, { name, rack, addresses }] of after.spec.hosts.entries()) {
    if (known.has(name)) continue;
    const address = Object.values(addresses)
      .flat()
      .find((each) => left.has(`${rack} ${each}`));
    const gone = left.get(`${rack} ${address ?? ""}`);
    if (address === undefined || gone === undefined) continue;
    yield issue("host-renamed", { host: name, address, before: gone }, { path: ["spec", "hosts", index, "name"] });
  }
}

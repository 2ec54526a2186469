import type { FieldPath } from "@rackway/errors";
import type { ClusterDocument, VipSpec } from "@rackway/schema";
import { splitBackend } from "@rackway/schema";

import { leadsTo } from "./find-loops.ts";

/** A backend by which a VIP's proxy would ask itself. */
export interface ProxyLoop {
  readonly vip: string;
  readonly backend: string;
  /** The VIP whose frontend the backend is. */
  readonly owner: string;
  readonly path: FieldPath;
}

/**
 * Where proxies would ask themselves, at once or by way of each other. VIPs are compared, not single frontends: by default a VIP is announced
 * while each of its frontends has a backend that answers, so two that wait for each other's are never announced. `addressesOf`: the addresses
 * of a VIP that are known. Pure.
 */
export function findProxyLoops(document: ClusterDocument, addressesOf: (vip: VipSpec) => readonly string[]): ProxyLoop[] {
  const { vips } = document.spec;
  const owners = new Map(
    vips.flatMap((vip) =>
      addressesOf(vip).flatMap((address) => (vip.proxy?.frontends ?? []).map(({ port }) => [socket(address, port), vip.name] as const)),
    ),
  );
  const ways = new Map(vips.map((vip, index) => [vip.name, [...waysOf(vip, index, owners)]]));
  return [...ways.values()].flat().filter(({ vip, owner }) => leadsTo(owner, vip, ways));
}

function* waysOf({ name, proxy }: VipSpec, index: number, owners: ReadonlyMap<string, string>): Generator<ProxyLoop> {
  for (const [place, { backends }] of (proxy?.frontends ?? []).entries()) {
    for (const [at, backend] of backends.entries()) {
      const { address, port } = splitBackend(backend);
      const owner = owners.get(socket(address, port));
      const path = ["spec", "vips", index, "proxy", "frontends", place, "backends", at];
      if (owner !== undefined) yield { vip: name, backend, owner, path };
    }
  }
}

function socket(address: string, port: number): string {
  return `${address} ${port}`;
}

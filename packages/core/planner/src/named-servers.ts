import type { FieldPath } from "@rackway/errors";
import { hasVips } from "@rackway/ipam";
import type { ClusterDocument, DnsSpec, NtpSpec } from "@rackway/schema";

/** What serves names or the time by a document: a router on its management VIP, or service VIPs. */
export interface NamedServer {
  readonly name: string;
  readonly path: FieldPath;
  readonly dns: DnsSpec | undefined;
  readonly ntp: NtpSpec | undefined;
  /** A router's; null: a service VIP's. */
  readonly rack: string | null;
  /** A name is asked of whoever serves names beside it. */
  readonly hasNames: boolean;
  /** False: a router without VIPs. */
  readonly isCarriedOut: boolean;
}

/** In the order of the document. Pure. */
export function namedServers({ spec }: ClusterDocument): NamedServer[] {
  const named = new Set(spec.vips.flatMap(({ dns, namespace }) => (dns === undefined ? [] : [namespace])));
  return [
    ...spec.virtualRouters.map((router, index): NamedServer => {
      const { name, rack, dns, ntp } = router;
      const hasNames = dns !== undefined;
      return { name, dns, ntp, rack, hasNames, path: ["spec", "virtualRouters", index], isCarriedOut: hasVips(router) };
    }),
    ...spec.vips.map(({ name, namespace, dns, ntp }, index): NamedServer => {
      return { name, dns, ntp, rack: null, hasNames: named.has(namespace), path: ["spec", "vips", index], isCarriedOut: true };
    }),
  ].filter(({ dns, ntp }) => dns !== undefined || ntp !== undefined);
}

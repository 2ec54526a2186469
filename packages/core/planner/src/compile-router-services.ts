import type { DnsSpec, DnsState, NtpSpec, NtpState, RouterState, ServiceNtpState, VirtualRouterSpec, VipSpec } from "@rackway/schema";

import type { ClusterIndex } from "./cluster-index.ts";
import { families, familyNetwork } from "./cluster-index.ts";
import type { NameTable } from "./compile-names.ts";
import { compareText } from "./order.ts";

/** Where Debian keeps the authorities that a host trusts. */
const trustedAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/** Where Debian's dns-root-data keeps the anchor of the public tree. */
export const rootAnchor = "/usr/share/dns/root.key";

/** Every network of the cluster, once: who may ask its name and time servers. */
export function clientsOf({ document }: ClusterIndex): string[] {
  const networks = document.spec.racks.flatMap((rack) => rack.networks);
  return families.flatMap((family) =>
    [...new Set(networks.flatMap((network) => familyNetwork(network, family)?.cidr ?? []))].sort(compareText),
  );
}

/** The domain of the names that a router or a service VIP makes. */
export function domainOf({ dns }: Pick<VirtualRouterSpec | VipSpec, "dns">, cluster: string): string {
  return (dns?.domain ?? `${cluster}.internal`).toLowerCase();
}

/** A plain address is asked by UDP and TCP, on the port of name servers. */
export function upstreamsOf({ upstreams }: DnsSpec): DnsState["upstreams"] {
  return upstreams.map((upstream) => (typeof upstream === "string" ? { address: upstream, port: 53, tls: null } : upstream));
}

export function upstreamText({ address, port, tls }: DnsState["upstreams"][number]): string {
  return tls === null ? address : `${address} port ${port} TLS ${tls}`;
}

export function timeServersOf({ upstreams }: NtpSpec): NtpState["upstreams"] {
  return upstreams.map((upstream) => (typeof upstream === "string" ? { server: upstream, nts: false } : upstream));
}

export function timeServerText({ server, nts }: NtpState["upstreams"][number]): string {
  return nts ? `${server} NTS` : server;
}

/** `controllers`: who run it, each with its number in the Pacemaker cluster, which stays the same while others come and go. */
export function compileNtp(
  { ntp }: VirtualRouterSpec,
  clients: readonly string[],
  controllers: NtpState["peers"],
  link: NtpState["link"],
): RouterState["ntp"] {
  if (ntp === undefined) return null;
  return { ...timeServiceOf(ntp, clients), peers: controllers.length > 1 ? controllers : [], link };
}

/** What a time server is told, whoever the others are. */
export function timeServiceOf(ntp: NtpSpec, clients: readonly string[]): ServiceNtpState {
  return {
    upstreams: timeServersOf(ntp),
    certificateAuthorities: ntp.certificateAuthorities ?? null,
    orphanStratum: ntp.orphanStratum,
    clients: [...clients],
  };
}

export function compileDns(router: VirtualRouterSpec, cluster: string, clients: readonly string[], names: NameTable): RouterState["dns"] {
  const { dns } = router;
  return dns === undefined ? null : nameServiceOf(dns, domainOf(router, cluster), clients, names.of(router));
}

function trustAnchorsOf({ dnssec }: DnsSpec): string | null {
  if (typeof dnssec === "object") return dnssec.trustAnchors;
  return dnssec ? rootAnchor : null;
}

/** What a name server is told. */
export function nameServiceOf(dns: DnsSpec, domain: string, clients: readonly string[], names: DnsState["names"]): DnsState {
  return {
    upstreams: upstreamsOf(dns),
    certificateAuthorities: dns.certificateAuthorities ?? trustedAuthorities,
    localDomains: [...dns.localDomains].sort((left, right) => compareText(left.name, right.name)),
    domain,
    trustAnchors: trustAnchorsOf(dns),
    clients: [...clients],
    names,
  };
}

import type { DnsState, NtpState, ServiceNtpState } from "@rackway/schema";

import { rootAnchor, timeServerText, upstreamText } from "./compile-router-services.ts";
import type { Item } from "./diff-item.ts";

/**
 * Name service of a router or of a service namespace: `base` begins the ids. Names are told as how many there are, and which come and go. `on`:
 * VIPs, where it is not all that the namespace has.
 */
export function* nameServiceItems(base: string, name: string, dns: DnsState, on: readonly string[] = []): Generator<Item> {
  const upstreams = dns.upstreams.map(upstreamText);
  const domains = dns.localDomains.map((domain) => `${domain.name} by ${domain.servers.join(" ")}`);
  const said = [`to ${upstreams.join(", ")}`, ...domains, `domain ${dns.domain}`, ...anchorWords(dns), ...onWords(on)];
  yield { id: `${base}/dns`, kind: "dns", target: `${name} dns`, value: said.join(", ") };
  yield clientsItem(base, name, "dns", dns.clients);
  if (dns.names.length === 0) return;
  const parts = dns.names.map((each) => [each.name, ...each.addresses].join("="));
  yield { id: `${base}/dns/names`, kind: "dns-names", target: `${name} dns names`, value: parts.join(" "), parts, noun: "names" };
}

/** Likewise the time service; `peers`: the others that agree with it. */
export function* timeServiceItems(
  base: string,
  name: string,
  ntp: ServiceNtpState,
  peers: NtpState["peers"] = [],
  on: readonly string[] = [],
): Generator<Item> {
  const said = [
    `from ${ntp.upstreams.map(timeServerText).join(", ")}`,
    ...(peers.length === 0 ? [] : [`with ${peers.map(({ host }) => host).join(" ")}`]),
    `stratum ${ntp.orphanStratum} without them`,
    ...onWords(on),
  ];
  yield { id: `${base}/ntp`, kind: "ntp", target: `${name} ntp`, value: said.join(", ") };
  yield clientsItem(base, name, "ntp", ntp.clients);
}

function anchorWords({ trustAnchors }: DnsState): string[] {
  if (trustAnchors === null) return [];
  return [trustAnchors === rootAnchor ? "DNSSEC" : `DNSSEC by ${trustAnchors}`];
}

function onWords(vips: readonly string[]): string[] {
  return vips.length === 0 ? [] : [`on ${vips.join(" ")}`];
}

function clientsItem(base: string, name: string, service: "dns" | "ntp", clients: readonly string[]): Item {
  return {
    id: `${base}/${service}/clients`,
    kind: `${service}-clients`,
    target: `${name} ${service} clients`,
    value: clients.join(" "),
    parts: clients,
  };
}

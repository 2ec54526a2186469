import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { DnsSpec } from "@rackway/schema";

import { families, familyField } from "./cluster-index.ts";
import { routerLabel, vipLabel } from "./compile-names.ts";
import { domainOf } from "./compile-router-services.ts";
import { findLoops } from "./find-loops.ts";
import type { NamedServer } from "./named-servers.ts";
import { namedServers } from "./named-servers.ts";
import type { RuleContext } from "./rule-context.ts";

/** All parameters of an agent must be within 128 KiB of environment; what a name server is told beside its names is far below the rest. */
const namesLimitBytes = 90_000;

/** Name service of each router and service VIP: its upstreams, its local domains, and the names that are made. */
export function* nameServiceRules(context: RuleContext): Generator<Issue> {
  const { document } = context;
  for (const server of namedServers(document)) {
    const { name, dns } = server;
    if (dns === undefined) continue;
    const path = [...server.path, "dns"];
    if (!server.isCarriedOut) {
      yield issue("not-yet-supported", { field: "dns", what: "name service of a router without VIPs" }, { path });
      continue;
    }
    yield* duplicateIssues(name, dns.upstreams.map(upstreamKey), [...path, "upstreams"]);
    for (const [index, { servers }] of dns.localDomains.entries()) {
      yield* duplicateIssues(name, servers, [...path, "localDomains", index, "servers"]);
    }
    const [first] = dns.upstreams;
    const mixed = dns.upstreams.findIndex((upstream) => typeof upstream !== typeof first);
    if (mixed > 0) yield issue("dns-upstreams-mixed", { router: name }, { path: [...path, "upstreams", mixed] });
    yield* domainIssues(context, server, dns, path);
  }
  const chosen = findLoops(document, {
    ofRouter: ({ publicVip, managementVip }) =>
      [publicVip, managementVip].flatMap((pair) => [pair?.ipv4, pair?.ipv6]).flatMap((text) => text ?? []),
    ofVip: ({ address }) => families.flatMap((family) => address[familyField(family)] ?? []),
  });
  for (const { router, path, address, owner } of chosen) yield issue("upstream-loop", { router, address, owner }, { path });
}

/** Also the same server by another port is another one. */
function upstreamKey(upstream: DnsSpec["upstreams"][number]): string {
  return typeof upstream === "string" ? upstream : `${upstream.address} port ${upstream.port}`;
}

export function* duplicateIssues(router: string, upstreams: readonly string[], path: FieldPath): Generator<Issue> {
  for (const [index, upstream] of upstreams.entries()) {
    if (upstreams.indexOf(upstream) < index) yield issue("upstream-duplicate", { router, upstream }, { path: [...path, index] });
  }
}

function* domainIssues({ document }: RuleContext, { name: router, rack }: NamedServer, dns: DnsSpec, path: FieldPath): Generator<Issue> {
  const domain = domainOf({ dns }, document.metadata.name);
  const own = dns.localDomains.findIndex(({ name }) => name.toLowerCase() === domain);
  if (own >= 0) yield issue("dns-domain-own", { domain, router }, { path: [...path, "localDomains", own, "name"] });
  if (dns.names === "none") return;
  if (dns.names === "rack" && rack === null) {
    yield issue("dns-names-rack", { vip: router }, { path: [...path, "names"] });
    return;
  }
  for (const [index, { name }] of document.spec.racks.entries()) {
    if (name !== routerLabel && name !== vipLabel) continue;
    yield issue("dns-rack-label", { rack: name, router, domain }, { path: ["spec", "racks", index, "name"] });
  }
  const size = namesBytes(document.spec, dns.names === "rack" ? rack : null);
  if (size <= namesLimitBytes) return;
  const parameters = { router, kilobytes: Math.ceil(size / 1000), limit: namesLimitBytes / 1000 };
  yield issue("dns-names-too-many", parameters, { path: [...path, "names"] });
}

/** What the names take, give or take: as `HOST.NETWORK.RACK ADDRESS ADDRESS;`. */
function namesBytes({ hosts, vips }: RuleContext["document"]["spec"], onlyRack: string | null): number {
  const own = onlyRack === null ? hosts : hosts.filter(({ rack }) => rack === onlyRack);
  const ofHosts = own.reduce((sum, { name, rack, addresses }) => {
    const records = Object.entries(addresses).map(([network, list]) => `${name}.${network}.${rack} ${list.join(" ")};`.length);
    return sum + records.reduce((all, length) => all + length, 0);
  }, 0);
  return ofHosts + (onlyRack === null ? vips.length * 60 : 0);
}

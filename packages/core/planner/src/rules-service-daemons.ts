import type { Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { VipSpec } from "@rackway/schema";

import { families, familyField } from "./cluster-index.ts";
import { speaks } from "./compile-clients.ts";
import { compareText } from "./order.ts";
import type { RuleContext } from "./rule-context.ts";
import { knownNames } from "./rule-context.ts";

/** TCP port of name service, which is the namespace's Unbound's alone. */
const namePort = 53;

/** Name and time service of service VIPs, in what they have to do with each other and with what else is in their namespace. */
export function* serviceDaemonRules({ document, index: { vips: byName } }: RuleContext): Generator<Issue> {
  const { vips, namespaces } = document.spec;
  const existing = new Set(namespaces.filter((namespace) => namespace.existing).map(({ name }) => name));
  for (const kind of ["dns", "ntp"] as const) {
    const first = new Map<string, VipSpec>();
    for (const [index, vip] of vips.entries()) {
      if (vip[kind] === undefined) continue;
      const path = ["spec", "vips", index, kind];
      const { name, namespace } = vip;
      if (existing.has(namespace)) yield issue("service-in-existing", { vip: name, namespace, field: kind }, { path });
      const other = first.get(namespace);
      if (other === undefined) first.set(namespace, vip);
      else if (wordsOf(other[kind]) !== wordsOf(vip[kind])) {
        yield issue("vip-service-differs", { vip: name, other: other.name, namespace, field: kind }, { path });
      }
    }
    if (kind === "dns") yield* portIssues(vips, first);
    yield* useIssues(document, byName, kind);
  }
  yield* programIssues(vips, existing);
}

/** A program that nobody asks would be announced whatever becomes of it; in somebody else's namespace nothing of ours runs. */
function* programIssues(vips: readonly VipSpec[], existing: ReadonlySet<string>): Generator<Issue> {
  for (const [index, { name, namespace, service, health }] of vips.entries()) {
    if (service === undefined) continue;
    const path = ["spec", "vips", index, "service"];
    if (existing.has(namespace)) yield issue("service-in-existing", { vip: name, namespace, field: "service" }, { path });
    if (health === undefined) yield issue("service-without-health", { vip: name, program: service.name }, { path });
  }
}

/** What racks' members are to ask is there, serves that, and is reached by each member in a family that it has. */
function* useIssues({ spec }: RuleContext["document"], vips: ReadonlyMap<string, VipSpec>, field: "dns" | "ntp"): Generator<Issue> {
  for (const [index, rack] of spec.racks.entries()) {
    const names = rack.useVips?.[field];
    if (names === undefined) continue;
    const path = ["spec", "racks", index, "useVips", field];
    for (const [place, name] of names.entries()) {
      const vip = vips.get(name);
      const at = { path: [...path, place] };
      if (vip === undefined) yield issue("use-vip-unknown", { vip: name, rack: rack.name, ...knownNames(name, vips.keys()) }, at);
      else if (vip[field] === undefined) yield issue("use-vip-unserved", { vip: name, rack: rack.name, field }, at);
    }
    const served = families.filter((family) => names.some((name) => vips.get(name)?.address[familyField(family)] !== undefined));
    const deaf = spec.hosts.find(
      (host) => host.rack === rack.name && host.role === "member" && served.length > 0 && !served.some((family) => speaks(host, family)),
    );
    if (deaf !== undefined)
      yield issue("use-vip-family", { host: deaf.name, rack: rack.name, field, families: served.join(", ") }, { path });
  }
}

/** The order of upstreams is not nothing: a daemon's text follows it. That of keys is. */
function wordsOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => compareText(left, right)))
      : part,
  );
}

/** HAProxy and Unbound cannot both listen there, on whichever of the namespace's VIPs. */
function* portIssues(vips: readonly VipSpec[], named: ReadonlyMap<string, VipSpec>): Generator<Issue> {
  for (const [index, { name, namespace, proxy }] of vips.entries()) {
    const owner = named.get(namespace);
    const place = (proxy?.frontends ?? []).findIndex(({ port }) => port === namePort);
    if (owner === undefined || place < 0) continue;
    const path = ["spec", "vips", index, "proxy", "frontends", place, "port"];
    yield issue("proxy-port-taken", { vip: name, port: namePort, namespace, owner: owner.name }, { path });
  }
}

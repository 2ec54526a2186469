import type { FieldPath, Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import type { ProxyFrontendSpec, VipSpec } from "@rackway/schema";
import { proxyHealthPort, proxyLimits } from "@rackway/schema";

import { families, familyField } from "./cluster-index.ts";
import { findProxyLoops } from "./find-proxy-loops.ts";
import type { RuleContext } from "./rule-context.ts";

/** Proxies: their ports, certificates and backends, and how a VIP with one is checked. */
export function* proxyRules({ document }: RuleContext): Generator<Issue> {
  const existing = new Set(document.spec.namespaces.filter((namespace) => namespace.existing).map(({ name }) => name));
  const sizes = new Map<string, { frontends: number; backends: number; isSaid: boolean }>();
  for (const [index, vip] of document.spec.vips.entries()) {
    const path = ["spec", "vips", index];
    if (vip.proxy === undefined) {
      if (vip.health?.proxy !== undefined) yield issue("health-without-proxy", { vip: vip.name }, { path: [...path, "health", "proxy"] });
      continue;
    }
    if (existing.has(vip.namespace)) {
      yield issue("proxy-in-existing", { vip: vip.name, namespace: vip.namespace }, { path: [...path, "proxy"] });
    }
    yield* portIssues(vip, vip.proxy.frontends, path);
    for (const [place, frontend] of vip.proxy.frontends.entries()) {
      yield* frontendIssues(vip, frontend, [...path, "proxy", "frontends", place]);
    }
    yield* healthIssues(vip, vip.proxy.frontends, path);
    const size = sizes.get(vip.namespace) ?? { frontends: 0, backends: 0, isSaid: false };
    sizes.set(vip.namespace, size);
    size.frontends += vip.proxy.frontends.length;
    for (const { backends } of vip.proxy.frontends) size.backends += backends.length;
    if (size.isSaid || (size.frontends <= proxyLimits.frontends && size.backends <= proxyLimits.backends)) continue;
    size.isSaid = true;
    yield issue("proxy-too-large", { namespace: vip.namespace, ...proxyLimits }, { path: [...path, "proxy"] });
  }
  const chosen = ({ address }: VipSpec): string[] => families.flatMap((family) => address[familyField(family)] ?? []);
  for (const { path, ...loop } of findProxyLoops(document, chosen)) yield issue("backend-loop", loop, { path });
}

function* portIssues(vip: VipSpec, frontends: readonly ProxyFrontendSpec[], path: FieldPath): Generator<Issue> {
  const ports = new Set<number>();
  for (const [place, { port }] of frontends.entries()) {
    const at = [...path, "proxy", "frontends", place, "port"];
    if (ports.has(port)) yield issue("proxy-port-twice", { vip: vip.name, port }, { path: at });
    else if (port === proxyHealthPort) yield issue("proxy-port-reserved", { port }, { path: at });
    ports.add(port);
  }
}

function* frontendIssues(vip: VipSpec, { port, tls, backends }: ProxyFrontendSpec, path: FieldPath): Generator<Issue> {
  if (tls !== undefined && tls.key === undefined) {
    yield issue("proxy-key-missing", { vip: vip.name, port, certificate: tls.certificate }, { path: [...path, "tls"] });
  }
  const seen = new Set<string>();
  for (const [place, backend] of backends.entries()) {
    const at = [...path, "backends", place];
    if (seen.has(backend)) yield issue("backend-twice", { backend, port, vip: vip.name }, { path: at });
    seen.add(backend);
  }
}

/** A check of one's own goes to a port, where something should listen and understand it. */
function* healthIssues({ name, health }: VipSpec, frontends: readonly ProxyFrontendSpec[], path: FieldPath): Generator<Issue> {
  for (const kind of ["tcp", "http", "https"] as const) {
    const port = health?.[kind]?.port;
    if (port === undefined) continue;
    const at = [...path, "health", kind, "port"];
    const frontend = frontends.find((each) => each.port === port);
    if (frontend === undefined) {
      const ports = frontends.map((each) => each.port).join(", ");
      yield issue("proxy-health-port", { vip: name, port, ports }, { path: at });
    } else if (frontend.proxyProtocol.accept && kind !== "tcp") {
      yield issue("proxy-health-protocol", { vip: name, port, kind }, { path: at });
    }
  }
}

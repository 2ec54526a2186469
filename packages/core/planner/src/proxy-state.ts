import type { ProxyFrontendSpec, ProxyFrontendState, ServiceVipState, VipSpec } from "@rackway/schema";
import { splitBackend } from "@rackway/schema";

/** A VIP's proxy as hosts carry it out; without one, nothing. Throws where the document was not validated. */
export function proxyOf({ name, proxy }: Pick<VipSpec, "name" | "proxy">): Pick<ServiceVipState, "proxy"> {
  return proxy === undefined ? {} : { proxy: proxy.frontends.map((frontend) => frontendOf(name, frontend)) };
}

function frontendOf(vip: string, frontend: ProxyFrontendSpec): ProxyFrontendState {
  const { port, mode, tls, proxyProtocol, balance, backends, check, timeouts } = frontend;
  const { http, intervalMs, timeoutMs, rise, fall } = check;
  return {
    port,
    mode,
    tls: tls === undefined ? null : { certificate: tls.certificate, key: tls.key ?? missingKey(vip, port) },
    acceptProxy: proxyProtocol.accept,
    sendProxy: proxyProtocol.send,
    balance,
    backends: backends.map(splitBackend),
    check: { http: http === undefined ? null : { path: http.path, host: http.host ?? null }, intervalMs, timeoutMs, rise, fall },
    connectMs: timeouts.connectMs,
    idleMs: timeouts.idleMs,
  };
}

function missingKey(vip: string, port: number): never {
  throw new Error(`the document was not validated: the certificate on port ${port} of ${vip} has no key`);
}

import type { ProxyFrontendState, ServiceNamespaceState, ServiceVipState } from "@rackway/schema";
import { proxyHealthPort } from "@rackway/schema";

/**
 * Renders haproxy.cfg (HAProxy 2.6's configuration manual) for the proxies of one service namespace.
 *
 * The process is the host's: it reaches backends by the host's ways, from the host's addresses, untranslated. Its listeners are the namespace's
 * (`namespace` of a bind line): what comes to a VIP meets it there, and answers leave as all do.
 *
 * `@STATE@` stands for the resource's folder, `@DIGEST@` for what tells this text from others: a worker says it in `show info`, so that a reload
 * is seen to have taken effect. No line has a semicolon: that is what separates them in the resource's parameter.
 *
 * Frontend and backend of a port are called `VIP-PORT`, a server by address and port (`proxyServerName`).
 */
export function renderHaproxyConf(service: Pick<ServiceNamespaceState, "netns" | "linkIpv4" | "linkIpv6" | "sets">): string {
  const vips = proxiedVips(service);
  return [
    "# Managed by Rackway (ocf:rackway:haproxy).",
    ...globalLines,
    ...vips.flatMap((vip) => vip.proxy.flatMap((frontend) => frontendLines(vip, frontend, service.netns))),
    ...healthLines(vips, service),
    "",
  ].join("\n");
}

/** A VIP that HAProxy answers on. */
type ProxiedVip = ServiceVipState & { readonly proxy: readonly ProxyFrontendState[] };

/** By number, so that the text changes only where the document does. */
export function proxiedVips({ sets }: Pick<ServiceNamespaceState, "sets">): ProxiedVip[] {
  return sets
    .flatMap(({ vips }) => vips)
    .filter((vip): vip is ProxiedVip => vip.proxy !== undefined)
    .sort((left, right) => left.number - right.number);
}

/** Name of a frontend, and of the backend behind it. */
export function proxyName(vip: string, { port }: Pick<ProxyFrontendState, "port">): string {
  return `${vip}-${port}`;
}

/** A name may have no brackets; an IPv6 address has the port behind a dot. */
export function proxyServerName({ address, port }: ProxyFrontendState["backends"][number]): string {
  return address.includes(":") ? `${address}.${port}` : `${address}:${port}`;
}

/** Certificates by the name that the frontend has for them: the resource makes links to them, and to their keys beside (`NAME.crt.key`). */
export function proxyCertificates(service: Pick<ServiceNamespaceState, "sets">): { name: string; certificate: string; key: string }[] {
  return proxiedVips(service).flatMap((vip) =>
    vip.proxy.flatMap((frontend) => (frontend.tls === null ? [] : [{ name: proxyName(vip.name, frontend), ...frontend.tls }])),
  );
}

/** Workers that a reload has replaced serve what they have for so long, and no longer. */
const formerWorkersSeconds = 300;

const globalLines = [
  "global",
  "  description @DIGEST@",
  "  user haproxy",
  "  group haproxy",
  "  chroot @STATE@/empty",
  "  stats socket @STATE@/stats.sock mode 600 level operator expose-fd listeners",
  `  hard-stop-after ${formerWorkersSeconds}s`,
  // There only while a reload is under way: what the worker before knew of its servers.
  "  server-state-file @STATE@/servers",
  // As many connections as the host's limit of open files allows, each taking two, and not without end.
  "  fd-hard-limit 100000",
  "  ssl-default-bind-options ssl-min-ver TLSv1.2",
];

function frontendLines(vip: ProxiedVip, frontend: ProxyFrontendState, netns: string): string[] {
  const name = proxyName(vip.name, frontend);
  const { mode, port, tls, acceptProxy, connectMs, idleMs } = frontend;
  const options = [
    ...(acceptProxy ? ["accept-proxy"] : []),
    ...(tls === null ? [] : [`ssl crt @STATE@/tls/${name}.crt`]),
    ...(tls !== null && mode === "http" ? ["alpn h2,http/1.1"] : []),
  ];
  return [
    `frontend ${name}`,
    `  mode ${mode}`,
    ...vip.addresses.map(({ family, address }) =>
      ["  bind", `${host(address)}:${port}`, ...socketWords(family, netns), ...options].join(" "),
    ),
    `  timeout client ${idleMs}ms`,
    ...(mode === "http" ? ["  timeout http-request 10s", "  option forwardfor"] : []),
    `  default_backend ${name}`,
    `backend ${name}`,
    `  mode ${mode}`,
    `  balance ${frontend.balance}`,
    `  timeout connect ${connectMs}ms`,
    `  timeout server ${idleMs}ms`,
    "  option redispatch 1",
    "  load-server-state-from-file global",
    ...checkLines(frontend),
    ...frontend.backends.map((backend) => `  server ${proxyServerName(backend)} ${host(backend.address)}:${backend.port}`),
  ];
}

/**
 * The kernel calls a listener on one IPv6 address `v6only` whether it was told to or not. HAProxy takes over from the worker before what is like
 * what it is told to have: without the word it would bind anew, and whoever waits in the old listener's queue would be reset.
 */
function socketWords(family: 4 | 6, netns: string): string[] {
  return [...(family === 6 ? ["v6only"] : []), `namespace ${netns}`];
}

function checkLines({ check, sendProxy }: ProxyFrontendState): string[] {
  const { http, intervalMs, timeoutMs, rise, fall } = check;
  const proxied = { off: "", v1: " send-proxy check-send-proxy", v2: " send-proxy-v2 check-send-proxy" }[sendProxy];
  const named = http?.host === null || http === null ? "" : ` ver HTTP/1.1 hdr Host ${http.host}`;
  return [
    `  timeout check ${timeoutMs}ms`,
    ...(http === null ? [] : ["  option httpchk", `  http-check send meth GET uri ${http.path}${named}`]),
    `  default-server check inter ${intervalMs}ms rise ${rise} fall ${fall}${proxied}`,
  ];
}

/**
 * What the checker of the namespace asks: by a VIP's address, or by the link's while another host has the VIP. Who asks from one of the
 * namespace's own addresses is in the namespace; nobody else is answered.
 */
function healthLines(vips: readonly ProxiedVip[], { netns, linkIpv4, linkIpv6 }: Parameters<typeof renderHaproxyConf>[0]): string[] {
  const own = [linkIpv4, linkIpv6, ...vips.flatMap(({ addresses }) => addresses.map(({ address }) => address))];
  const hasIpv6 = vips.some(({ addresses }) => addresses.some(({ family }) => family === 6));
  return [
    "frontend rackway-health",
    "  mode http",
    ...([4, 6] as const).flatMap((family) => {
      if (family === 6 && !hasIpv6) return [];
      return [["  bind", `${family === 6 ? "[::]" : "0.0.0.0"}:${proxyHealthPort}`, ...socketWords(family, netns)].join(" ")];
    }),
    "  timeout client 5s",
    "  timeout http-request 5s",
    ...inLines(own).map((addresses) => `  acl own src ${addresses}`),
    "  tcp-request connection reject unless own",
    ...vips.flatMap((vip) => [
      ...vip.proxy.map((frontend) => refusal(vip.name, frontend)),
      `  http-request return status 200 if { path /${vip.name} }`,
    ]),
    "  http-request return status 404",
  ];
}

function refusal(vip: string, frontend: ProxyFrontendState): string {
  const reason = `hdr x-rackway-reason "port ${frontend.port}: no backend answers"`;
  return `  http-request return status 503 ${reason} if { path /${vip} } { nbsrv(${proxyName(vip, frontend)}) lt 1 }`;
}

/** A line of a configuration has at most 64 words and 2 KB. */
function inLines(words: readonly string[]): string[] {
  const perLine = 20;
  return Array.from({ length: Math.ceil(words.length / perLine) }, (_, line) =>
    words.slice(line * perLine, (line + 1) * perLine).join(" "),
  );
}

function host(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

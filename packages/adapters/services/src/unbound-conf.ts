import type { DnsState, RouterState } from "@rackway/schema";

/** What a name server is rendered from. */
export type NameServer = DnsState & {
  /** Where it is asked, beside the loopback. */
  readonly listen: readonly string[];
  /** Addresses that its own questions come from, one of a family. Absent: what the kernel chooses. */
  readonly askFrom?: readonly string[];
};

/** A router's answers on its management VIPs, and not outside. */
export function routerNameServer(dns: DnsState, { vips }: Pick<RouterState, "vips">): NameServer {
  return { ...dns, listen: vips.filter(({ name }) => name === "management").map(({ address }) => address) };
}

/** A name in the generated domain that every name server knows, without anybody else's help. Its monitor asks for it. */
export const probeName = "rackway-probe";

/** How long clients keep generated names, in seconds: an address that changes is known within this time. */
const namesTtlSeconds = 60;

/**
 * Renders unbound.conf(5) for a namespace. `@STATE@` stands for the folder of its files; `names.conf` in it holds the generated names.
 *
 * - It listens on VIPs, which on a standby are not there yet (`ip-freebind`), and on the loopback, where it is checked.
 * - Everything is forwarded: it is nobody's root server. Answers to clients of other networks are refused.
 * - `serve-expired` (RFC 8767): what it knew is answered when no upstream does, after `client-timeout`; as long as somebody asks, for ever.
 * - Servers that were down are asked on (`infra-keep-probing`), so that their coming back is noticed within seconds.
 */
export function renderUnboundConf(server: NameServer): string {
  return [
    "# Managed by Rackway (ocf:rackway:dns).",
    "server:",
    ...[...process(), ...listening(server), ...cache(), ...validation(server), ...zones(server)].map((line) => `  ${line}`),
    '  include: "@STATE@/names.conf"',
    "remote-control:",
    "  control-enable: yes",
    "  control-use-cert: no",
    '  control-interface: "@STATE@/control"',
    ...server.localDomains.flatMap(({ name, servers }) => forwardZone(`${name}.`, servers, false)),
    ...forwardZone(
      ".",
      server.upstreams.map(upstreamText),
      server.upstreams.some(({ tls }) => tls !== null),
    ),
    "",
  ].join("\n");
}

function process(): string[] {
  return [
    'chroot: ""',
    'username: "unbound"',
    'directory: "@STATE@"',
    'pidfile: ""',
    "use-syslog: yes",
    'log-identity: "rackway-dns"',
    "verbosity: 0",
    "num-threads: 2",
    "hide-identity: yes",
    "hide-version: yes",
  ];
}

function listening({ listen, askFrom = [], clients }: NameServer): string[] {
  const addresses = ["127.0.0.1", "::1", ...listen];
  return [
    "ip-freebind: yes",
    ...addresses.map((address) => `interface: ${address}`),
    ...askFrom.map((address) => `outgoing-interface: ${address}`),
    ...["127.0.0.0/8", "::1/128", ...clients].map((prefix) => `access-control: ${prefix} allow`),
  ];
}

function cache(): string[] {
  return [
    "msg-cache-size: 32m",
    "rrset-cache-size: 64m",
    "prefetch: yes",
    "serve-expired: yes",
    "serve-expired-ttl: 259200",
    "serve-expired-ttl-reset: yes",
    "serve-expired-reply-ttl: 30",
    "serve-expired-client-timeout: 500",
    "infra-host-ttl: 60",
    "infra-keep-probing: yes",
  ];
}

function validation({ trustAnchors, localDomains, upstreams, certificateAuthorities }: NameServer): string[] {
  return [
    ...(trustAnchors === null
      ? ['module-config: "iterator"']
      : [
          'module-config: "validator iterator"',
          `trust-anchor-file: "${trustAnchors}"`,
          ...localDomains.map(({ name }) => `domain-insecure: "${name}."`),
        ]),
    ...(upstreams.some(({ tls }) => tls !== null) ? [`tls-cert-bundle: "${certificateAuthorities}"`] : []),
  ];
}

/** A local domain may be one that nobody asks the world about (RFC 6303, RFC 8375): the zone of its own lets it out. */
function zones({ domain, localDomains }: NameServer): string[] {
  return [
    ...localDomains.map(({ name }) => `local-zone: "${name}." transparent`),
    `local-zone: "${domain}." static`,
    `local-data: "${domain}. ${namesTtlSeconds} IN SOA localhost. nobody.invalid. 1 3600 1200 604800 ${namesTtlSeconds}"`,
    `local-data: "${domain}. ${namesTtlSeconds} IN NS localhost."`,
    `local-data: "${probeName}.${domain}. ${namesTtlSeconds} IN TXT alive"`,
  ];
}

function upstreamText({ address, port, tls }: NameServer["upstreams"][number]): string {
  return tls === null ? address : `${address}@${port}#${tls}`;
}

function forwardZone(name: string, servers: readonly string[], isTls: boolean): string[] {
  return [
    "forward-zone:",
    `  name: "${name}"`,
    ...(isTls ? ["  forward-tls-upstream: yes"] : []),
    ...servers.map((server) => `  forward-addr: ${server}`),
  ];
}

/** The generated names as the agent takes them: `NAME ADDRESS…`, one a line. It makes records and their reverse of them. */
export function renderNames({ names }: Pick<DnsState, "names">): string {
  return names.map(({ name, addresses }) => [name, ...addresses].join(" ")).join("\n");
}

import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { renderBird } from "./bird-conf.ts";
import { renderFrr } from "./frr-conf.ts";
import { renderExternalServices } from "./external-services.ts";
import { multipathSysctls } from "./multipath-hash.ts";
import type { LabHost, LabPlan, RouterBridge } from "./plan.ts";
import { portsOf } from "./plan.ts";
import type { Port } from "./ports.ts";
import { planSpeech, routerId, type RouterHost } from "./router-speech.ts";
import type { External, Rack, Router } from "./topology.ts";

/**
 * What a host finds at /run/rackway-lab/host when it boots: file name to content. `links.batch`, `ipv4.batch` and `ipv6.batch` are
 * for ip(8), `sysctl.conf` for sysctl(8), `nice` (absent: as Debian's) what its routing daemon runs at, `services` names the runit services to enable (with a file that must exist), and
 * everything below `etc/` is copied to /etc when the host boots for the first time.
 */
export type BootFiles = Record<string, string>;

export interface BootOptions {
  /** Where the host's agent reaches the server. */
  server: string;
}

export function renderBootFiles(plan: LabPlan, host: LabHost, options: BootOptions): BootFiles {
  const ports = portsOf(plan, host.name);
  const addresses = [
    ...ports.flatMap(portAddresses),
    ...(host.kind === "router"
      ? [...addressLines([`${routerId(plan, host.name)}/32`], "lo"), ...host.bridges.flatMap(bridgeAddresses)]
      : []),
  ];
  const common: BootFiles = {
    "links.batch": batch(["link set dev lo up", ...bridgeLinks(host, ports), ...ports.flatMap(renderPortLinks)]),
    "ipv4.batch": batch([...addresses.filter((line) => !line.v6).map(({ text }) => text), ...routes(plan, host, 4)]),
    "ipv6.batch": batch([...addresses.filter((line) => line.v6).map(({ text }) => text), ...routes(plan, host, 6)]),
    "sysctl.conf": batch(host.kind === "router" ? [...routerSysctls, ...multipathSysctls(plan, host.name)] : hostSysctls),
    "etc/hostname": `${host.name}\n`,
    "etc/hosts": renderHosts(plan),
    "etc/machine-id": `${createHash("sha256").update(host.name).digest("hex").slice(0, 32)}\n`,
    "etc/resolv.conf": "",
  };
  switch (host.kind) {
    case "router":
      return { ...common, ...renderRouter(plan, host) };
    case "external":
      return { ...common, ...renderExternalServices(host.external) };
    case "rack":
      return {
        ...common,
        ...(host.host.role === "member" ? { "etc/chrony/chrony.conf": memberChronyConf } : {}),
        "etc/rackway/agent.yaml": `server: ${options.server}\nhost: ${host.name}\ntokenFile: /etc/rackway/token\n`,
        services: batch([
          "syslog",
          "rackway-agent /usr/lib/rackway/rackway-agent.mjs",
          host.host.role === "controller" ? "rackway-guard /usr/lib/rackway/rackway-guard" : "chrony",
        ]),
      };
  }
}

/** Debian's own, without its pool of servers: their names resolve nowhere in a lab. So a member has no time but what it is given. */
const memberChronyConf = `confdir /etc/chrony/conf.d
sourcedir /run/chrony-dhcp
sourcedir /etc/chrony/sources.d
keyfile /etc/chrony/chrony.keys
driftfile /var/lib/chrony/chrony.drift
ntsdumpdir /var/lib/chrony
logdir /var/log/chrony
maxupdateskew 100.0
makestep 1 3
leapsectz right/UTC
`;

function renderRouter(plan: LabPlan, host: RouterHost): BootFiles {
  const speech = planSpeech(plan, host);
  const daemon = host.daemon === "bird" ? renderBird(speech) : renderFrr(host.name, speech);
  // A router is a machine of its own, and no host of the lab keeps it from its processor.
  return { ...daemon, nice: "-20\n", services: batch(["syslog", host.daemon, ...(host.router.keepsFlows ? ["flow-keeper"] : [])]) };
}

function batch(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** As systemd's 50-default.conf sets them on a real Debian host. */
const hostSysctls = ["rp_filter=2", "accept_source_route=0", "promote_secondaries=1"].flatMap((setting) => [
  `net.ipv4.conf.default.${setting}`,
  `net.ipv4.conf.*.${setting}`,
]);

const routerSysctls = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  "net.ipv6.conf.default.forwarding=1",
  "net.ipv4.conf.all.rp_filter=0",
  "net.ipv4.conf.default.rp_filter=0",
  "net.ipv4.conf.*.rp_filter=0",
  // A port that was down keeps its IPv6 addresses, as routers' ports do.
  "net.ipv6.conf.all.keep_addr_on_down=1",
  "net.ipv6.conf.default.accept_dad=0",
  "net.ipv6.conf.*.accept_dad=0",
];

/** Plain flooding: what a test captures on the router does not depend on multicast snooping. The address is set so that it stays. */
function bridgeLine(name: string, mac: string, mtu: number): string {
  return `link add name ${name} mtu ${mtu} address ${mac} type bridge forward_delay 0 stp_state 0 mcast_snooping 0`;
}

function bridgeLinks(host: LabHost, ports: Port[]): string[] {
  if (host.kind === "router") {
    return host.bridges.flatMap((bridge) => [bridgeLine(bridge.name, bridge.mac, bridge.mtu), `link set dev ${bridge.name} up`]);
  }
  return ports.flatMap(({ master, mac, mtu }) => (master === undefined ? [] : [bridgeLine(master, mac, mtu), `link set dev ${master} up`]));
}

/** Puts one port to work: also used for a cable that had to be made again. */
export function renderPortLinks(port: Port): string[] {
  const master = port.master === undefined ? "" : ` master ${port.master}`;
  return [`link set dev ${port.name} mtu ${port.mtu}${master} up`];
}

interface AddressLine {
  v6: boolean;
  text: string;
}

function addressLines(addresses: string[], device: string): AddressLine[] {
  return addresses.map((address) => {
    const v6 = address.includes(":");
    return { v6, text: `address add ${address} dev ${device}${v6 ? " nodad" : ""}` };
  });
}

function portAddresses(port: Port): AddressLine[] {
  return addressLines(port.addresses, port.master ?? port.name);
}

function bridgeAddresses(bridge: RouterBridge): AddressLine[] {
  return addressLines(bridge.addresses, bridge.name);
}

function routes(plan: LabPlan, host: LabHost, family: 4 | 6): string[] {
  switch (host.kind) {
    case "rack":
      return defaultRoutes(host.rack, new Set(Object.keys(host.host.addresses)), family);
    case "external":
      return externalRoutes(host.external, family);
    case "router":
      return [...wayOut(plan, host.name, family), ...policyRoutes(host.router, family)];
  }
}

function defaultRoutes(rack: Rack, attached: ReadonlySet<string>, family: 4 | 6): string[] {
  return rack.networks.flatMap((network) => {
    const prefix = family === 4 ? network.ipv4 : network.ipv6;
    if (!network.defaultRoute || !prefix || !attached.has(network.name)) return [];
    return [`route add default via ${prefix.gateway} dev ${network.bridge ?? network.nic} metric 1024`];
  });
}

function externalRoutes(external: External, family: 4 | 6): string[] {
  const { gateway } = family === 4 ? external.ipv4 : external.ipv6;
  const own = external.addresses.find((text) => isIP(text) === family);
  return external.routes
    .filter((prefix) => prefix.includes(":") === (family === 6))
    .map((prefix) => `route add ${prefix} via ${gateway} src ${own}`);
}

/** The router beside an outside host sends there what nobody else knows. */
function wayOut(plan: LabPlan, router: string, family: 4 | 6): string[] {
  const outside = plan.hosts.find((host) => host.kind === "external" && host.external.router === router);
  if (outside?.kind !== "external") return [];
  const next = outside.external.addresses.find((text) => isIP(text) === family);
  return next === undefined ? [] : [`route add default via ${next}`];
}

function policyRoutes(router: Router, family: 4 | 6): string[] {
  return router.policyRoutes.flatMap((route, index) => {
    if (isIP(route.via) !== family) return [];
    const table = 1000 + index;
    return [
      ...route.exceptFrom.map((source) => `rule add from ${source} to ${route.to} iif ${route.from} lookup main pref ${900 + index}`),
      `rule add to ${route.to} iif ${route.from} lookup ${table} pref ${table}`,
      `route add ${route.to} via ${route.via} table ${table}`,
    ];
  });
}

function renderHosts(plan: LabPlan): string {
  const lines = plan.hosts.flatMap((host) => {
    if (host.kind === "external") return host.external.addresses.slice(0, 2).map((text) => `${text} ${host.name}`);
    if (host.kind === "router") return [];
    const network = host.rack.networks.find(({ boot, name }) => boot === "configured" && host.host.addresses[name]);
    return network ? (host.host.addresses[network.name] ?? []).map((text) => `${text} ${host.name}`) : [];
  });
  return batch(["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback", ...lines]);
}

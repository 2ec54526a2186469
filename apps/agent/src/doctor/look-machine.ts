import { constants } from "node:fs";
import { access } from "node:fs/promises";

import { createConnection } from "@rackway/api-client";
import { findServiceDriver } from "@rackway/linux";
import type { CommandRunner } from "@rackway/linux";
import type { DnsState, HostState } from "@rackway/schema";
import { proxiedVips } from "@rackway/services";

import { readCertificateAuthority, readToken } from "../config.ts";
import type { AgentConfig } from "../config.ts";
import { reasonOfResult } from "./host-sight.ts";
import type { ClockSight, InitSight, ServerSight } from "./host-sight.ts";

/** A package (Debian's name) and what this host needs it for. */
export interface NeededPackage {
  readonly name: string;
  readonly purpose: string;
}

/** What a host state takes. Pure. */
export function neededPackages({ pacemaker, quorumServer, routing, hostRouters }: HostState): NeededPackage[] {
  const routers = pacemaker?.routers ?? [];
  const services = pacemaker?.services ?? [];
  const names = [...routers, ...services].flatMap(({ dns }) => dns ?? []);
  const clocks = [...routers, ...services].flatMap(({ ntp }) => ntp ?? []);
  const needs: [string, string, boolean][] = [
    ["iproute2", "everything that is looked at and changed in the kernel", true],
    ["corosync", "membership and quorum", pacemaker !== null],
    ["corosync-qdevice", "the quorum device's vote", (pacemaker?.quorumDevice ?? null) !== null],
    ["corosync-qnetd", "being other controllers' quorum device", quorumServer !== null],
    ["openssl", "packing the quorum device's certificate", (pacemaker?.quorumDevice ?? null) !== null || quorumServer !== null],
    ["pacemaker", "placing and moving what moves", pacemaker !== null],
    ["pacemaker-cli-utils", "asking Pacemaker", pacemaker !== null],
    ["nftables", "the routers' translation", routers.length > 0 || hostRouters.length > 0 || services.length > 0],
    ["conntrackd", "connections that survive a failover", routers.some(({ connectionSync }) => connectionSync !== null)],
    ["radvd", "router advertisements", routers.some(({ routerAdvertisements }) => routerAdvertisements !== null)],
    ["unbound", "name service", names.length > 0],
    ["bind9-dnsutils", "asking name service", names.length > 0],
    ["chrony", "time service", clocks.length > 0],
    [
      "ca-certificates",
      "upstreams that show a certificate",
      names.some(showsCertificate) || clocks.some(({ upstreams }) => upstreams.some(({ nts }) => nts)),
    ],
    ["dns-root-data", "validating answers", names.some(({ trustAnchors }) => trustAnchors?.startsWith("/usr/share/dns/") === true)],
    ["haproxy", "the proxies of VIPs", services.some((service) => proxiedVips(service).length > 0)],
    ["frr", "announcing service addresses", routing !== null],
  ];
  return needs.flatMap(([name, purpose, isNeeded]) => (isNeeded ? [{ name, purpose }] : []));
}

/** One that the host must know the authority of, by itself. */
function showsCertificate({ upstreams, certificateAuthorities }: DnsState): boolean {
  return certificateAuthorities.startsWith("/etc/ssl/certs/") && upstreams.some(({ tls }) => tls !== null);
}

/** Services that a host state takes. Pure. */
export function neededServices({ pacemaker, quorumServer, routing }: HostState): string[] {
  return [
    "rackway-agent",
    ...(pacemaker === null ? [] : ["corosync", "pacemaker", "rackway-guard"]),
    ...((pacemaker?.quorumDevice ?? null) === null ? [] : ["corosync-qdevice"]),
    ...(quorumServer === null ? [] : ["corosync-qnetd"]),
    ...(routing === null ? [] : ["frr"]),
  ];
}

/** Installed packages of these, with their versions (dpkg-query(1)). */
export async function lookAtPackages(run: CommandRunner, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const result = await run(["dpkg-query", "--show", "--showformat=${Package}\t${Version}\t${db:Status-Status}\n", ...names]);
  // 1: some are not known to it.
  if (result.code > 1) throw new Error(reasonOfResult(result));
  const lines = result.stdout.split("\n").map((line) => line.split("\t"));
  return new Map(lines.flatMap(([name, version, status]) => (name && version && status === "installed" ? [[name, version]] : [])));
}

export async function lookAtServices(run: CommandRunner, names: readonly string[]): Promise<InitSight> {
  const driver = await findServiceDriver(run);
  const seen = await Promise.all(names.map(async (name) => [name, await driver.observe(name)] as const));
  return { name: driver.name, services: Object.fromEntries(seen) };
}

/** By whoever keeps this host's clock: chronyc(1), else systemd's own (timedatectl(1)). */
export async function lookAtClock(run: CommandRunner): Promise<ClockSight> {
  const chrony = await run(["chronyc", "-c", "tracking"], { timeoutMs: 2_000 });
  if (chrony.code === 0) {
    const fields = chrony.stdout.trim().split(",");
    // The leap status is the last field, the system's offset in seconds the fifth.
    const word = `${fields.at(-1) ?? "?"}, offset ${fields[4] ?? "?"} s`;
    return { isSynchronised: /^(Normal|Insert second|Delete second)$/.test(fields.at(-1) ?? ""), by: "chronyd", word };
  }
  const systemd = await run(["timedatectl", "show", "--property=NTPSynchronized", "--value"], { timeoutMs: 2_000 });
  const answer = systemd.stdout.trim();
  if (answer === "yes" || answer === "no") return { isSynchronised: answer === "yes", by: "systemd", word: `NTPSynchronized is ${answer}` };
  throw new Error(`neither chronyc nor timedatectl answers: ${reasonOfResult(chrony)}`);
}

/** Whether the server answers this host, and what time it has there. */
export async function lookAtServer(config: AgentConfig, timeoutMs: number): Promise<ServerSight> {
  const token = (await readToken(config.tokenFile)) ?? undefined;
  const certificateAuthority = await readCertificateAuthority(config);
  const connection = createConnection({ server: config.server, token, certificateAuthority, timeoutMs });
  try {
    const { headers } = await connection.send({ method: "GET", path: "/health" });
    const theirs = Date.parse(headers.date ?? "");
    return { address: config.server, aheadMs: Number.isNaN(theirs) ? null : Date.now() - theirs };
  } finally {
    connection.close();
  }
}

const folders = ["/usr/sbin", "/usr/local/sbin", "/usr/lib/rackway"];

/** Which of the fence agents can be started here. */
export async function lookForFenceAgents(names: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const canRun = (path: string): Promise<boolean> =>
    access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
  const found = names.map(
    async (name) => [name, (await Promise.all(folders.map((folder) => canRun(`${folder}/${name}`)))).includes(true)] as const,
  );
  return new Map(await Promise.all(found));
}

import { Resolver } from "node:dns/promises";
import { readFile, readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

import type { ResolverState, TimeState } from "@rackway/schema";

import type { Originals } from "../originals.ts";
import type { CommandRunner } from "../run.ts";
import type { ServiceDriver, ServiceObservation } from "../service-driver.ts";
import type { ChronySource } from "./chrony-words.ts";
import { parseSources, sourceFolders } from "./chrony-words.ts";
import { isOurText } from "./our-text.ts";
import type { PathSight } from "./path-sight.ts";
import { observePath } from "./path-sight.ts";
import { nameserversIn } from "./resolv-conf.ts";

/** Where a host's own files of its resolver and time source lie, and where ours go beside them. */
export interface ClientPaths {
  readonly resolvConf: string;
  readonly resolvedDropIn: string;
  /** The name servers that systemd-resolved uses, written by itself. */
  readonly resolvedUplinks: string;
  readonly chronyConf: string;
  readonly chronySources: string;
  readonly timesyncdDropIn: string;
}

export const clientPaths: ClientPaths = {
  resolvConf: "/etc/resolv.conf",
  resolvedDropIn: "/etc/systemd/resolved.conf.d/90-rackway.conf",
  resolvedUplinks: "/run/systemd/resolve/resolv.conf",
  chronyConf: "/etc/chrony/chrony.conf",
  chronySources: "/etc/chrony/sources.d/rackway.sources",
  timesyncdDropIn: "/etc/systemd/timesyncd.conf.d/90-rackway.conf",
};

/** The part of a host state that makes a host a client of its virtual router. */
export interface ClientState {
  readonly resolver: ResolverState | null;
  readonly time: TimeState | null;
}

export const noClient: ClientState = { resolver: null, time: null };

/** A file that is ours alone, beside the host's own. */
export interface DropInSight {
  readonly file: PathSight;
  readonly folderIsThere: boolean;
}

export interface ResolverSight {
  readonly conf: PathSight;
  readonly dropIn: DropInSight;
  /** systemd-resolved. */
  readonly service: ServiceObservation;
  /** Name servers that it uses; null: not known. */
  readonly uplinks: readonly string[] | null;
  /** Those of the wanted name servers that answer; null: they were not asked. */
  readonly answering: readonly string[] | null;
}

export interface TimeSight {
  readonly chrony: ServiceObservation;
  readonly timesyncd: ServiceObservation;
  readonly sources: DropInSight;
  readonly timesyncdDropIn: DropInSight;
  /** Folders that chronyd takes sources from. */
  readonly sourceFolders: readonly string[];
  /** Chrony's sources, or null where chronyd does not say. */
  readonly chronySources: readonly ChronySource[] | null;
  /** What systemd-timesyncd asks, and whom it follows; null: it does not say. */
  readonly timesync: { readonly servers: readonly string[]; readonly selected: string | null } | null;
}

export interface ClientObservation {
  readonly resolver: ResolverSight;
  readonly time: TimeSight;
}

/**
 * Reads what there is of resolver and time source; changes nothing. Null where nothing is wanted, remembered or ours: then neither daemons nor
 * name servers are asked. Throws where a file cannot be read.
 */
export async function observeClients(
  run: CommandRunner,
  driver: ServiceDriver,
  wanted: ClientState,
  memory: Pick<Originals, "resolvConf" | "folders" | "untold">,
  paths: ClientPaths = clientPaths,
): Promise<ClientObservation | null> {
  const [conf, resolvedDropIn, sources, timesyncdDropIn] = await Promise.all([
    observePath(paths.resolvConf),
    observeDropIn(paths.resolvedDropIn),
    observeDropIn(paths.chronySources),
    observeDropIn(paths.timesyncdDropIn),
  ]);
  const files = [conf, resolvedDropIn.file, sources.file, timesyncdDropIn.file];
  const isRemembered = Object.keys(memory.resolvConf).length + memory.folders.length + memory.untold.length > 0;
  if (wanted.resolver === null && wanted.time === null && !isRemembered && !files.some(isOurs)) return null;
  const [resolved, chrony, timesyncd] = await Promise.all([
    driver.observe("systemd-resolved"),
    driver.observe("chrony"),
    driver.observe("systemd-timesyncd"),
  ]);
  const isPointed = isOurs(conf) || isOurs(resolvedDropIn.file);
  const [uplinks, answering, folders, chronySources, timesync] = await Promise.all([
    readFile(paths.resolvedUplinks, "utf8").then(nameserversIn, () => null),
    wanted.resolver === null || isPointed ? null : askNameServers(wanted.resolver.nameservers),
    observeSourceFolders(paths.chronyConf),
    chrony.running ? observeSources(run) : null,
    timesyncd.running ? observeTimesync(run) : null,
  ]);
  return {
    resolver: { conf, dropIn: resolvedDropIn, service: resolved, uplinks, answering },
    time: { chrony, timesyncd, sources, timesyncdDropIn, sourceFolders: folders, chronySources, timesync },
  };
}

export function isOurs(sight: PathSight): boolean {
  return sight.kind === "file" && isOurText(sight.bytes);
}

async function observeDropIn(path: string): Promise<DropInSight> {
  const folderIsThere = await stat(dirname(path)).then(
    () => true,
    () => false,
  );
  return { file: await observePath(path), folderIsThere };
}

const askTimeoutMs = 2_000;

/** Those that answer at all, whatever they say: for the root of all names. */
async function askNameServers(addresses: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    addresses.map(async (address) => {
      const resolver = new Resolver({ timeout: askTimeoutMs, tries: 1 });
      resolver.setServers([address.includes(":") ? `[${address}]` : address]);
      return resolver.resolveNs(".").then(
        () => true,
        (error: NodeJS.ErrnoException) => !silence.has(error.code ?? ""),
      );
    }),
  );
  return addresses.filter((_, index) => answers[index]);
}

/** What c-ares says of a server from which nothing came. */
const silence: ReadonlySet<string> = new Set(["ETIMEOUT", "ECONNREFUSED", "ECANCELLED", "ENETUNREACH", "EHOSTUNREACH"]);

/** Of chrony.conf and the files of its `confdir`s; an absent file names none. */
async function observeSourceFolders(path: string): Promise<string[]> {
  const main = await readFile(path, "utf8").catch(() => "");
  const folders = main.split("\n").flatMap((line) => {
    const [keyword = "", ...names] = line.trim().split(/\s+/);
    return keyword.toLowerCase() === "confdir" ? names : [];
  });
  const others = await Promise.all(folders.map(readConfigurations));
  return [main, ...others.flat()].flatMap(sourceFolders);
}

async function readConfigurations(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.filter((name) => name.endsWith(".conf")).map((name) => readFile(`${folder}/${name}`, "utf8").catch(() => "")));
}

async function observeSources(run: CommandRunner): Promise<ChronySource[] | null> {
  const { code, stdout } = await run(["chronyc", "-c", "-n", "sources"], { timeoutMs: 3_000 });
  return code === 0 ? parseSources(stdout) : null;
}

async function observeTimesync(run: CommandRunner): Promise<TimeSight["timesync"]> {
  const properties = ["--property=SystemNTPServers", "--property=ServerAddress"];
  const { code, stdout } = await run(["timedatectl", "show-timesync", ...properties], { timeoutMs: 3_000 });
  if (code !== 0) return null;
  const values = new Map(stdout.split("\n").map((line) => line.split("=", 2) as [string, string | undefined]));
  const servers = (values.get("SystemNTPServers") ?? "").split(" ").filter(Boolean);
  return { servers, selected: values.get("ServerAddress") || null };
}

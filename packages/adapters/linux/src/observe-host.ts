import { readFile, readlink } from "node:fs/promises";

import { canonicalListing, tableNames } from "./nftables.ts";
import { isHostTable } from "./host-tables.ts";
import type { HostObservation, TableObservation } from "./observation.ts";
import { parseLinks, parseRoutes } from "./parse-iproute.ts";
import type { CommandRunner } from "./run.ts";
import { observeSysctl } from "./sysctl.ts";

/** Reads the root namespace (ip(8), nft(8), /proc/sys); changes nothing. Throws where a tool fails: an empty answer must not pass for an empty host. */
export async function observeHost(
  run: CommandRunner,
  keysFor: (linkNames: readonly string[]) => readonly string[],
): Promise<HostObservation> {
  const [linksText, ipv4Text, ipv6Text, tables] = await Promise.all([
    read(run, ["ip", "-details", "-json", "address", "show"]),
    read(run, ["ip", "-4", "-json", "route", "show", "table", "main"]),
    read(run, ["ip", "-6", "-json", "route", "show", "table", "main"]),
    observeTables(run),
  ]);
  const links = parseLinks(linksText);
  const keys = keysFor(links.map(({ name }) => name));
  const sysctls = await Promise.all(keys.map(async (key): Promise<[string, string | null]> => [key, await observeSysctl(key)]));
  return { links, routes: [...parseRoutes(ipv4Text, 4), ...parseRoutes(ipv6Text, 6)], tables, sysctls: Object.fromEntries(sysctls) };
}

async function observeTables(run: CommandRunner): Promise<TableObservation[]> {
  const listed = await run(["nft", "-j", "list", "tables"]);
  // A member needs no nftables, and may not have the tool: then it has no table of ours either.
  if (listed.code === 127) return [];
  if (listed.code !== 0) throw new Error(`nft list tables: exit ${listed.code}: ${listed.stderr.trim()}`);
  const names = tableNames(listed.stdout).filter(isHostTable);
  return Promise.all(
    names.map(async (name) => ({ name, listing: canonicalListing(await read(run, ["nft", "-j", "list", "table", "inet", name])) })),
  );
}

/** One life of one network namespace, as text: what lived in the kernel before has gone when this differs. */
export async function observeWorld(): Promise<string> {
  const [bootId, namespace] = await Promise.all([readFile("/proc/sys/kernel/random/boot_id", "utf8"), readlink("/proc/self/ns/net")]);
  return `${bootId.trim()} ${namespace}`;
}

async function read(run: CommandRunner, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(argv);
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit ${code}: ${stderr.trim()}`);
  return stdout;
}

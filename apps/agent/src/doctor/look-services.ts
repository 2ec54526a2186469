import { readFile } from "node:fs/promises";

import { parseLinks, parseRoutes } from "@rackway/linux";
import type { CommandRunner } from "@rackway/linux";
import { serviceResourceIds } from "@rackway/pacemaker";
import type { AnycastState, CheckerStatus, Family } from "@rackway/schema";
import { checkerStatusSchema } from "@rackway/schema";

import type { NamespaceSight } from "./host-sight.ts";
import { reasonOfResult } from "./host-sight.ts";

/** Where routes to VIPs lie, whether they are announced or not. */
const vipTable = "8201";
const inside = "rw-vip";
const families: readonly Family[] = [4, 6];

/** The service namespaces of this host: what is in them, and what their checkers say. */
export function lookAtNamespaces(run: CommandRunner, anycast: AnycastState | null): Promise<NamespaceSight[]> {
  return Promise.all((anycast?.namespaces ?? []).map(({ name, netns }) => lookAtNamespace(run, name, netns)));
}

async function lookAtNamespace(run: CommandRunner, name: string, netns: string): Promise<NamespaceSight> {
  const [result, checker] = await Promise.all([run(["ip", "-n", netns, "-details", "-json", "address", "show"]), readChecker(name)]);
  const isAbsent = result.code !== 0 && /Cannot open network namespace/.test(result.stderr);
  if (result.code !== 0 && !isAbsent) throw new Error(`${netns}: ${reasonOfResult(result)}`);
  const links = isAbsent ? [] : parseLinks(result.stdout).filter((link) => link.name === inside);
  return {
    name,
    exists: !isAbsent,
    addresses: new Set(links.flatMap(({ addresses }) => addresses.map(({ address }) => address))),
    checker,
  };
}

async function readChecker(namespace: string): Promise<CheckerStatus | null> {
  const path = `/run/rackway/${serviceResourceIds({ name: namespace }).check}/status.json`;
  try {
    return checkerStatusSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}

/** Destinations of the table of VIPs, `ADDRESS/LENGTH`. */
export async function lookAtVipRoutes(run: CommandRunner): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(
    families.map(async (family) => {
      const result = await run(["ip", `-${family}`, "-json", "route", "show", "table", vipTable]);
      // A table without a route does not exist.
      if (result.code !== 0 && /table does not exist/i.test(result.stderr)) return [];
      if (result.code !== 0) throw new Error(reasonOfResult(result));
      return parseRoutes(result.stdout, family);
    }),
  );
  return new Set(tables.flat().map(({ to }) => to));
}

import { readFileIfAny } from "@rackway/linux";
import type { RoutingState } from "@rackway/schema";

import type { FrrKeys } from "./render-frr.ts";

/** The keys that a routing state names, out of their files: the first line, without the space around it. Null: none named, or none there. */
export async function readFrrKeys(routing: RoutingState | null): Promise<FrrKeys> {
  const [ospf, bgp] = await Promise.all([readKey(routing?.ospf?.authentication?.keyFile), readKey(routing?.bgp?.authentication?.keyFile)]);
  return { ospf, bgp };
}

/** FRR takes a key as the rest of a line: one with a line break or a comment sign in front would become something else. */
async function readKey(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  const bytes = await readFileIfAny(path).catch(() => null);
  const key = bytes?.toString("utf8").split("\n")[0]?.trim() ?? "";
  return /^[\x21-\x7e]+$/.test(key) ? key : null;
}

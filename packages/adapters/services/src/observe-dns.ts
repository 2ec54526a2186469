import type { CommandRunner } from "@rackway/linux";
import type { RouterObservation, RouterState } from "@rackway/schema";

import { probeName } from "./unbound-conf.ts";

/** Whether the name server in a router's namespace answers here, by a question (dig(1)). Null: the router has none. */
export async function observeDns(
  run: CommandRunner,
  { netns, dns }: Pick<RouterState, "netns" | "dns">,
): Promise<RouterObservation["dns"]> {
  if (dns === null) return null;
  const question = ["dig", "+time=1", "+tries=2", "+short", "@127.0.0.1", `${probeName}.${dns.domain}`, "TXT"];
  const { code, stdout } = await run(["nsenter", `--net=/run/netns/${netns}`, "--", ...question], { timeoutMs: 4_000 });
  return { healthy: code === 0 && stdout.includes("alive") };
}

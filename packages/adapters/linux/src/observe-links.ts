import type { HostLink } from "@rackway/schema";

import { parseHostLinks } from "./parse-iproute.ts";
import type { CommandRunner } from "./run.ts";

/**
 * The links of the root namespace that a document could name, by name. Null where ip(8) does not answer. It needs no host state: a host is
 * looked at before it has one, so that its first plan can be judged.
 */
export async function observeLinks(run: CommandRunner): Promise<HostLink[] | null> {
  const { code, stdout } = await run(["ip", "-details", "-json", "link", "show"], { timeoutMs: 5_000 });
  return code === 0 ? parseHostLinks(stdout) : null;
}

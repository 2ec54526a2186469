import type { CommandRunner } from "@rackway/linux";

import { releasedAttribute } from "./service-ids.ts";

/**
 * Says of this host that it has let its anycast VIPs go, or takes that back (attrd_updater(8)). In the status section: it ends with the
 * membership, and has to be said again as long as it is so. False when the attribute manager did not take it.
 */
export async function publishReleased(run: CommandRunner, released: boolean): Promise<boolean> {
  const value = released ? ["-U", "true"] : ["-D"];
  const { code } = await run(["attrd_updater", "-n", releasedAttribute, ...value, "-d", "0"], { timeoutMs: 5_000 });
  return code === 0;
}

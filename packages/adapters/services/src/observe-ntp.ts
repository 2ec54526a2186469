import type { CommandRunner } from "@rackway/linux";
import type { RouterObservation, RouterState } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";

/**
 * What the time server in a router's namespace says of itself here: `chronyc -c tracking` (chronyc(1)), by its socket. Healthy: it answers as one
 * that is synchronised, which it does by its own leading, too. Null: the router has none.
 */
export async function observeNtp(run: CommandRunner, router: Pick<RouterState, "name" | "ntp">): Promise<RouterObservation["ntp"]> {
  if (router.ntp === null) return null;
  const control = `/run/rackway/${routerResourceIds(router).ntp}/chrony/control`;
  const { code, stdout } = await run(["chronyc", "-c", "-h", control, "tracking"], { timeoutMs: 4_000 });
  const fields = stdout.trim().split(",");
  const offsetSeconds = Number(fields[4]);
  if (code !== 0 || !Number.isFinite(offsetSeconds)) return { healthy: false, offsetMs: 0 };
  return { healthy: /^(Normal|Insert second|Delete second)$/.test(fields.at(-1) ?? ""), offsetMs: Math.round(offsetSeconds * 1e6) / 1e3 };
}

import type { CommandRunner } from "@rackway/linux";

/** From this on Unbound holds a server for dead: it asks it seldom, to see whether it is back (in milliseconds; PROBE_MAXRTO of unbound 1.17). */
const deadTimeoutMs = 12_000;

/**
 * Whether Unbound has asked upstreams of late, and none has answered, by the timeouts that it keeps (`unbound-control dump_infra`). Over TLS a
 * server whose certificate is not right is one that does not answer. `resource` names the folder of its files under /run/rackway.
 */
export async function areNameServersSilent(run: CommandRunner, resource: string): Promise<boolean> {
  const { code, stdout } = await run(["unbound-control", "-c", `/run/rackway/${resource}/unbound.conf`, "dump_infra"], {
    timeoutMs: 4_000,
  });
  return code === 0 && isEachDead(stdout);
}

/** Of the servers for everything (`.`), those that were asked within the last minute. Pure. */
export function isEachDead(infra: string): boolean {
  const timeouts = [...infra.matchAll(/^\S+ \. ttl .* rto (\d+) /gm)].map(([, rto]) => Number(rto));
  return timeouts.length > 0 && timeouts.every((rto) => rto >= deadTimeoutMs);
}

/** Whether chronyd has had no answer that it takes from an upstream in its last eight questions (`chronyc sources`): peers are none. */
export async function areTimeServersSilent(run: CommandRunner, resource: string): Promise<boolean> {
  const { code, stdout } = await run(["chronyc", "-c", "-n", "-h", `/run/rackway/${resource}/chrony/control`, "sources", "-a"], {
    timeoutMs: 4_000,
  });
  return code === 0 && isNoneReached(stdout);
}

/** Columns: mode, state, address, stratum, poll, reach. Pure. */
export function isNoneReached(sources: string): boolean {
  const upstreams = sources
    .split("\n")
    .map((line) => line.split(","))
    .filter(([mode, , address]) => mode === "^" && address?.startsWith("fd72:6b77:7379:") === false);
  return upstreams.length > 0 && upstreams.every(([, , , , , reach]) => reach === "0");
}

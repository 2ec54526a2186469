import type { CommandRunner } from "@rackway/linux";

/**
 * Names of the clusters (as Corosync knows them) that are connected to the corosync-qnetd on this host (corosync-qnetd-tool(8)). Null where it
 * does not say: it does not run, or did not answer within three seconds.
 */
export async function observeQuorumClients(run: CommandRunner): Promise<string[] | null> {
  const { code, stdout } = await run(["corosync-qnetd-tool", "-l"], { timeoutMs: 3_000 });
  if (code !== 0) return null;
  return [...stdout.matchAll(/^Cluster "([^"]+)":/gm)].flatMap(([, name]) => name ?? []);
}

import type { CommandRunner } from "@rackway/linux";

/**
 * Private node attribute of a host whose state folders are full: its agent sets it, and who carries out a move asks for it. Private: known to
 * all, written into no CIB (attrd_updater(8)).
 */
const attribute = "rw-disk-full";

/** False when the attribute manager did not take it. `paths`: what is full on this host; none takes the word back. */
export async function publishFullDisks(run: CommandRunner, paths: readonly string[]): Promise<boolean> {
  const value = paths.length > 0 ? ["-U", paths.join(" ")] : ["-D"];
  const { code } = await run(["attrd_updater", "-p", "-n", attribute, ...value, "-d", "0"], { timeoutMs: 5_000 });
  return code === 0;
}

/** Host to what is full there. Hosts of which nothing is known are not in it. */
export async function observeFullDisks(run: CommandRunner): Promise<Map<string, string>> {
  const { code, stdout } = await run(["attrd_updater", "-p", "-n", attribute, "-Q", "-A"], { timeoutMs: 5_000 });
  // A word that was taken back is listed without a value; one that was never said is an error.
  const lines = code === 0 ? stdout.matchAll(/host="([^"]+)" value="([^"]+)"/g) : [];
  return new Map(Array.from(lines, ([, host, value]): [string, string] => [host ?? "", value ?? ""]));
}

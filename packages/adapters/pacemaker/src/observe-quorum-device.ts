import type { CommandRunner } from "@rackway/linux";

/** What corosync-qdevice on this host says of its connection: its own word, `Connected` where all is well; null: it does not answer. */
export async function observeQuorumDevice(run: CommandRunner): Promise<string | null> {
  const { stdout } = await run(["corosync-qdevice-tool", "-s"], { timeoutMs: 3_000 });
  return parseQuorumDevice(stdout);
}

/** Of `corosync-qdevice-tool -s` (corosync-qdevice 3.0). Pure. */
export function parseQuorumDevice(text: string): string | null {
  return /^State:\s+(\S.*?)\s*$/m.exec(text)?.[1] ?? null;
}

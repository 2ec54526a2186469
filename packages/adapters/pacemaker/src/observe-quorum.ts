import type { CommandRunner } from "@rackway/linux";

export type Quorum = { readonly quorate: boolean; readonly reason: string };

/**
 * Corosync's own word on quorum (corosync-quorumtool(8)), never the CIB's: in a partition they disagree for seconds.
 * Exit status 0 is not the answer: it is 2 when not quorate in some versions, so the text is read.
 */
export async function observeQuorum(run: CommandRunner): Promise<Quorum> {
  const result = await run(["corosync-quorumtool", "-s"], { timeoutMs: 3_000 });
  if (/^Quorate:\s+Yes/m.test(result.stdout)) return { quorate: true, reason: "" };
  if (/^Quorate:\s+No/m.test(result.stdout)) return { quorate: false, reason: "Corosync says that there is no quorum" };
  return { quorate: false, reason: `Corosync does not answer: ${(result.stderr || result.stdout).trim().split("\n")[0] ?? ""}` };
}

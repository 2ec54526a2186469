import type { CommandRunner } from "@rackway/linux";

export type Quorum = {
  readonly quorate: boolean;
  readonly reason: string;
  /** Controllers in Corosync's membership; null: it did not say. */
  readonly members: number | null;
  /** The quorum device's vote is among those that count here; null: there is no device, or Corosync did not say. */
  readonly hasDeviceVote: boolean | null;
};

/**
 * Corosync's own word on quorum (corosync-quorumtool(8)), never the CIB's: in a partition they disagree for seconds.
 * Exit status 0 is not the answer: it is 2 when not quorate in some versions, so the text is read.
 */
export async function observeQuorum(run: CommandRunner): Promise<Quorum> {
  const result = await run(["corosync-quorumtool", "-s"], { timeoutMs: 3_000 });
  const quorum = parseQuorum(result.stdout);
  if (quorum !== null) return quorum;
  const reason = `Corosync does not answer: ${(result.stderr || result.stdout).trim().split("\n")[0] ?? ""}`;
  return { quorate: false, reason, members: null, hasDeviceVote: null };
}

/** Of `corosync-quorumtool -s` (Corosync 3.1); null: it says nothing of quorum. Pure. */
export function parseQuorum(text: string): Quorum | null {
  const quorate = /^Quorate:\s+(Yes|No)/m.exec(text)?.[1];
  if (quorate === undefined) return null;
  const members = /^Nodes:\s+(\d+)/m.exec(text)?.[1];
  // The device's own line of the membership: `0  1  Qdevice`, with no vote where it gives none here.
  const deviceVotes = /^\s*0\s+(\d+)\s+(?:\S+\s+)?Qdevice/m.exec(text)?.[1];
  return {
    quorate: quorate === "Yes",
    reason: quorate === "Yes" ? "" : "Corosync says that there is no quorum",
    members: members === undefined ? null : Number(members),
    hasDeviceVote: deviceVotes === undefined ? null : Number(deviceVotes) > 0,
  };
}

import type { Status } from "@rackway/schema";
import { foldText } from "./table.ts";
import { renderList } from "./words.ts";

const meanings: Record<Status["pacemaker"][number]["takeover"], string> = {
  quorum: "the majority takes over at once; a frozen host can answer until it is fenced",
  fenced: "nobody takes over before the old owner is known to be off",
};

/**
 * Which promise of one owner is in force (DESIGN.md, promise 5), one line for each kind of takeover, and who decides where controllers alone
 * cannot. Empty without Pacemaker clusters.
 */
export function renderTakeovers(clusters: Status["pacemaker"], width: number): string {
  const lines = (["quorum", "fenced"] as const).flatMap((takeover) => {
    const names = clusters.filter((cluster) => cluster.takeover === takeover).map((cluster) => cluster.name);
    if (names.length === 0) return [];
    return foldText(`Takeover in ${renderList(names)}: ${takeover} (${meanings[takeover]}).`, width);
  });
  const devices = clusters.flatMap(({ name, quorumDevice }) =>
    quorumDevice ? foldText(`Quorum device of ${name}: ${quorumDevice.host} (its vote decides between two halves).`, width) : [],
  );
  return [...lines, ...devices].map((line) => `${line}\n`).join("");
}

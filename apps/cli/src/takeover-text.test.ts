import { expect, test } from "vitest";
import { renderTakeovers } from "./takeover-text.ts";
import { healthyStatus } from "./testing/views.ts";

test("each promise of one owner is told once, with the clusters that it is in force in", () => {
  const [cluster] = healthyStatus().pacemaker;
  if (cluster === undefined) throw new Error("the fixture is empty");
  const named = (name: string, takeover: "quorum" | "fenced") => ({ ...cluster, name, takeover });
  expect(renderTakeovers([named("a", "quorum"), named("b", "fenced"), named("c", "quorum")], 200)).toBe(
    [
      "Takeover in a and c: quorum (the majority takes over at once; a frozen host can answer until it is fenced).",
      "Takeover in b: fenced (nobody takes over before the old owner is known to be off).",
      "",
    ].join("\n"),
  );
  expect(renderTakeovers([], 80)).toBe("");
  expect(renderTakeovers([{ ...named("a", "quorum"), quorumDevice: { host: "node-a1", connected: [] } }], 200)).toContain(
    "Quorum device of a: node-a1 (its vote decides between two halves).\n",
  );
});

import { describe, expect, it } from "vitest";
import { diffSnapshots, renderDifferences } from "./snapshot.ts";

describe("differences of snapshots", () => {
  it("equal snapshots differ in nothing, in whatever order their facts stand", () => {
    expect(diffSnapshots({ a: "1", b: "2" }, { b: "2", a: "1" })).toEqual([]);
  });
  it("name what is new, what is gone and what is other than before", () => {
    const differences = diffSnapshots({ same: "0", gone: "1", changed: "2" }, { same: "0", changed: "3", added: "4" });
    expect(differences).toEqual([
      { fact: "added", before: null, after: "4" },
      { fact: "changed", before: "2", after: "3" },
      { fact: "gone", before: "1", after: null },
    ]);
    expect(renderDifferences(differences)).toBe("+ added (4)\n~ changed\n    before 2\n    after  3\n- gone (1)");
  });
});

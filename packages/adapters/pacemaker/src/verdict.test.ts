import type { CommandRunner } from "@rackway/linux";
import { describe, expect, it } from "vitest";
import { setVerdict } from "./cib-xml.ts";
import { decideVerdict, observeVerdict } from "./verdict.ts";

const cib = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="7" admin_epoch="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>`;

/** A host's tools: quorum, and the CIB as it is at each reading. */
function host(quorate: boolean, cibs: string[]): { run: CommandRunner; asked: string[] } {
  const asked: string[] = [];
  const run = ((argv: readonly string[]) => {
    const call = argv.slice(0, 2).join(" ");
    asked.push(call);
    const patches = asked.filter((each) => each === "cibadmin --patch").length;
    const answers: Record<string, { code: number; stdout: string; stderr?: string }> = {
      "corosync-quorumtool -s": { code: 0, stdout: `Quorate:          ${quorate ? "Yes" : "No"}\n` },
      "cibadmin --query": { code: 0, stdout: cibs[Math.min(patches, cibs.length - 1)] ?? "" },
      "crm_diff --original": { code: 1, stdout: "<diff/>" },
      "cibadmin --patch":
        patches < cibs.length ? { code: 1, stdout: "", stderr: "Update was older than existing configuration" } : { code: 0, stdout: "" },
    };
    return Promise.resolve({ code: 0, stdout: "", stderr: "", timedOut: false, ...answers[call] });
  }) as CommandRunner;
  return { run, asked };
}

describe("decideVerdict", () => {
  it("says nothing in a minority: neither that it is undone nor that it is confirmed", async () => {
    const { run, asked } = host(false, [cib]);
    expect(await decideVerdict(run, { trial: "4@9", word: "undone" })).toMatchObject({ kind: "later" });
    expect(asked).toEqual(["corosync-quorumtool -s"]);
  });

  it("of two at once reads the word of the one that was first: confirmed is not undone", async () => {
    const { run } = host(true, [cib, setVerdict(cib, { trial: "4@9", word: "confirmed" })]);
    expect(await decideVerdict(run, { trial: "4@9", word: "undone" })).toEqual({ kind: "decided", word: "confirmed" });
  });

  it("lets the server's word stand over the hosts' own, and not over that of another revision", async () => {
    const undone = setVerdict(cib, { trial: "4@9", word: "undone" });
    const { run, asked } = host(true, [undone]);
    expect(await decideVerdict(run, { trial: "4@9", word: "confirmed" })).toEqual({ kind: "decided", word: "confirmed" });
    expect(asked).toContain("cibadmin --patch");
    const other = host(true, [undone]);
    expect(await decideVerdict(other.run, { trial: "5@9", word: "undone" })).toEqual({ kind: "decided", word: "undone" });
    expect(other.asked).toContain("cibadmin --patch");
  });

  it("takes nothing back that was decided since, of a revision made later", async () => {
    const { run, asked } = host(true, [setVerdict(cib, { trial: "8@20", word: "confirmed" })]);
    expect(await decideVerdict(run, { trial: "7@9", word: "undone" })).toMatchObject({ kind: "later" });
    expect(asked).not.toContain("cibadmin --patch");
  });

  it("writes nothing where the word stands already", async () => {
    const { run, asked } = host(true, [setVerdict(cib, { trial: "4@9", word: "undone" })]);
    expect(await decideVerdict(run, { trial: "4@9", word: "undone" })).toEqual({ kind: "decided", word: "undone" });
    expect(asked).not.toContain("cibadmin --patch");
  });
});

describe("observeVerdict", () => {
  it("is silent on another revision, and where Pacemaker does not answer", async () => {
    const answer =
      (code: number, stdout: string): CommandRunner =>
      () =>
        Promise.resolve({ code, stdout, stderr: "", timedOut: false });
    expect(await observeVerdict(answer(0, "undone:4@9\n"), "4@9")).toBe("undone");
    expect(await observeVerdict(answer(0, "undone:4@9\n"), "4@8")).toBeNull();
    expect(await observeVerdict(answer(102, ""), "4@9")).toBeNull();
  });
});

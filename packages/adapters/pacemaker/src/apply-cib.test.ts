import type { CommandRunner } from "@rackway/linux";
import { describe, expect, it } from "vitest";
import { applyCib } from "./apply-cib.ts";
import { renderCib } from "./cib-intent.ts";
import { rackA } from "./fixtures/pacemaker-state.ts";

const cib = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="7" admin_epoch="0"><configuration><crm_config/><nodes><node id="1" uname="ctl-a1"/></nodes><resources/><constraints/></configuration><status/></cib>`;
const intent = renderCib(rackA, 3);

/** Answers as a host's tools do, and writes down what was asked of them. */
function host(answers: Record<string, { code?: number; stdout?: string; stderr?: string }[]>): { run: CommandRunner; asked: string[] } {
  const asked: string[] = [];
  const run = ((argv: readonly string[]) => {
    const call = argv.slice(0, 2).join(" ");
    asked.push(call);
    const left = answers[call] ?? [];
    const answer = left.length > 1 ? left.shift() : left[0];
    return Promise.resolve({ code: answer?.code ?? 0, stdout: answer?.stdout ?? "", stderr: answer?.stderr ?? "", timedOut: false });
  }) as CommandRunner;
  return { run, asked };
}

const quorate = { stdout: "Quorate:          Yes\n" };

describe("applyCib", () => {
  it("writes nothing, and reads nothing, in a minority: Pacemaker there would take it, and put it over the majority's after healing", async () => {
    const { run, asked } = host({ "corosync-quorumtool -s": [{ code: 2, stdout: "Quorate:          No\n" }] });
    expect(await applyCib(run, intent)).toEqual({ kind: "later", reason: "Corosync says that there is no quorum", isQuorumLost: true });
    expect(asked).toEqual(["corosync-quorumtool -s"]);
  });

  it("writes nothing when Corosync does not answer", async () => {
    const { run, asked } = host({ "corosync-quorumtool -s": [{ code: 1, stderr: "Cannot initialize QUORUM service\n" }] });
    expect(await applyCib(run, intent)).toEqual({
      kind: "later",
      reason: "Corosync does not answer: Cannot initialize QUORUM service",
      isQuorumLost: true,
    });
    expect(asked).toEqual(["corosync-quorumtool -s"]);
  });

  it("asks again before each attempt: quorum that goes while the configuration moves on ends it", async () => {
    const { run, asked } = host({
      "corosync-quorumtool -s": [quorate, { code: 2, stdout: "Quorate:          No\n" }],
      "cibadmin --query": [{ stdout: cib }],
      "crm_diff --original": [{ code: 1, stdout: "<diff/>" }],
      "cibadmin --patch": [{ code: 1, stderr: "Update was older than existing configuration" }],
    });
    expect(await applyCib(run, intent)).toEqual({ kind: "later", reason: "Corosync says that there is no quorum", isQuorumLost: true });
    expect(asked.filter((call) => call === "cibadmin --patch")).toHaveLength(1);
  });

  it("writes one patch when there is quorum", async () => {
    const { run, asked } = host({
      "corosync-quorumtool -s": [quorate],
      "cibadmin --query": [{ stdout: cib }],
      "crm_diff --original": [{ code: 1, stdout: "<diff/>" }],
    });
    expect(await applyCib(run, intent)).toMatchObject({ kind: "applied" });
    expect(asked.filter((call) => call === "cibadmin --patch")).toHaveLength(1);
  });
});

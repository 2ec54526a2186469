import { describe, expect, test } from "vitest";
import { completeWords, type NameSource, typedGlobals } from "./completion.ts";
import { buildProgram } from "./program.ts";
import { Session } from "./session.ts";
import { makeTerminal } from "./testing/terminal.ts";

const program = buildProgram(new Session(makeTerminal()));
const names: NameSource = {
  hosts: () => Promise.resolve(["ctl-a1", "ctl-a2", "node-a1"]),
  routers: () => Promise.resolve(["vr-a", "vr-b"]),
  movables: () => Promise.resolve(["vr-a", "vr-b", "mail"]),
  revisions: () => Promise.resolve(["3", "2", "1"]),
  clusters: () => Promise.resolve(["dc1"]),
  contexts: () => Promise.resolve(["dc1", "lab"]),
  ofKind: (kind) => Promise.resolve([`a-${kind}`]),
};

async function after(line: string): Promise<string[] | "files"> {
  const completion = await completeWords(program, line.split(" "), names);
  return completion.kind === "files" ? "files" : completion.words.map((word) => word.value);
}

describe("Tab", () => {
  test.each([
    ["ap", ["apply"]],
    ["config ", ["view", "set", "use-context", "delete"]],
    ["get h", ["hosts"]],
    ["describe h", ["host"]],
    ["describe network ", ["a-network"]],
    ["move ", ["vr-a", "vr-b", "mail"]],
    ["router ", ["set"]],
    ["router set ", ["vr-a", "vr-b"]],
    ["router set vr-a --dns", ["--dns-upstream"]],
    ["router set vr-a --dns-upstream ", []],
    ["move vr-a --to ctl", ["ctl-a1", "ctl-a2"]],
    ["move vr-a --to=node", ["node-a1"]],
    ["move vr-a --to = node", ["node-a1"]],
    ["--server http://x drain n", ["node-a1"]],
    ["get hosts -o j", ["json"]],
    ["diff 2 ", ["3", "2", "1"]],
    ["config use-context ", ["dc1", "lab"]],
    ["completion ", ["bash", "zsh", "fish"]],
    ["apply --comm", ["--comment"]],
    ["apply --comment ", []],
    ["drain ctl-a1 ", []],
    ["apply --co", ["--comment", "--confirm-within", "--context"]],
  ] as const)("behind %j offers %j", async (line, offered) => expect(await after(line)).toEqual(offered));

  test("behind -f leaves it to the shell to offer files", async () => expect(await after("apply -f ex")).toBe("files"));

  test("asks the server that the line names", () => {
    expect(typedGlobals(program, ["--server", "http://a", "--token-file=/t", "get", "hosts", ""])).toEqual({
      server: "http://a",
      tokenFile: "/t",
    });
  });
});

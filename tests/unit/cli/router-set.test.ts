/** `rackway router set` against a real server: the current document with other upstreams, applied as any document is. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { main } from "@rackway/cli";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { makeTerminal } from "../../../apps/cli/src/testing/terminal.ts";
import { type PretendCluster, startPretendCluster } from "./pretend-cluster.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/default-lab.yaml");
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let cluster: PretendCluster;
let document = "";
const set = (...words: string[]) => cluster.rackway(["router", "set", ...words]);
const exported = async (): Promise<string> => (await cluster.rackway(["export"])).out;
const revision = async (): Promise<unknown> =>
  (JSON.parse((await cluster.rackway(["history", "-o", "json"])).out) as { current: unknown }).current;

beforeAll(async () => {
  cluster = await startPretendCluster();
  document = await readFile(example, "utf8");
});
afterAll(() => cluster.stop());

test("without a revision there is no router to change: exit 1", async () => {
  const { code, err } = await set("vr-a", "--dns-upstream", "192.0.2.1");
  expect({ code, err: err.split("\n")[0] }).toEqual({ code: 1, err: "error: there is no revision yet, so there is no router to change" });
  expect((await cluster.rackway(["apply", "-f", "-", "--no-wait"], { input: document })).code).toBe(0);
  await cluster.addAgents(["ctl-a1", "ctl-a2", "ctl-a3", "node-a1"]);
});

test("a preview shows the plan, for people and for programs, and changes nothing", async () => {
  const { code, out } = await set("vr-a", "--dns-upstream", "192.0.2.1", "--preview");
  expect(code).toBe(0);
  expect(out).toMatch(/~ router vr-a\n.*dns\.upstreams/);
  const json = await set("vr-a", "--dns-upstream", "192.0.2.1", "--preview", "-o", "json");
  expect(JSON.parse(json.out)).toMatchObject({ baseRevision: 1, changes: [{ name: "vr-a", action: "change" }], nothingToDo: false });
  expect(await revision()).toBe(1);
});

test("what a file would be refused for is refused in the same words, all at once, with the line; nothing is changed", async () => {
  const { code, out, err } = await set("vr-a", "--dns-upstream", "dns.example", "--dns-upstream", "tls://192.0.2.1", "--yes");
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(/^<stdin>:\d+:\d+: error\[address-invalid\]: "dns\.example" is not an IP address/);
  expect(err).toMatch(/\n +\d+ \| +upstreams: \[dns\.example, \{ address: 192\.0\.2\.1 \}\]\n/);
  expect(err).toMatch(/error\[field-missing\]: .*tls/);
  const twice = await set("vr-a", "--ntp-upstream", "192.0.2.3", "--ntp-upstream", "192.0.2.3", "-o", "json");
  expect(twice.code).toBe(1);
  expect(JSON.parse(twice.out)).toMatchObject({ error: { code: "document-refused", issues: [{ code: "upstream-duplicate" }] } });
  expect(await revision()).toBe(1);
});

test("it is applied and waited for as a document is; comments and layout stay, and the history says what was set", async () => {
  const { code, out, err } = await set(
    ...["vr-a", "--dns-upstream", "tls://192.0.2.1#dns.example", "--dns-upstream", "tls://[2001:db8::1]:8853#dns.example"],
    ...["--ntp-upstream", "nts://time.example", "--yes", "--timeout", "20s"],
  );
  expect(err).toContain("ok ctl-a1: converged");
  expect(out).toContain("Revision 2 is in force");
  expect(code).toBe(0);
  const [first = "", ...rest] = document.split("  virtualRouters:");
  expect(await exported()).toBe(
    [
      first,
      ...rest.map((text) =>
        text
          .replace(
            '[198.51.100.53, "2001:db8:100::53"]',
            '[{ address: 192.0.2.1, tls: dns.example }, { address: "2001:db8::1", tls: dns.example, port: 8853 }]',
          )
          .replace('[198.51.100.123, "2001:db8:100::123"]', "[{ server: time.example, nts: true }]"),
      ),
    ].join("  virtualRouters:"),
  );
  expect((await cluster.rackway(["history", "-o", "json"])).out).toContain("router set vr-a --dns-upstream tls://192.0.2.1#dns.example ");
  const again = await set("vr-a", "--ntp-upstream", "nts://time.example", "-o", "json");
  expect(JSON.parse(again.out)).toMatchObject({ result: "nothing-to-do", revision: 2 });
});

test("on a terminal it asks, and no means no", async () => {
  const { code, err } = await cluster.rackway(["router", "set", "vr-a", "--dns-upstream", "192.0.2.1"], { isTty: true, input: "n\n" });
  expect(code).toBe(1);
  expect(err).toContain("nothing was changed");
  expect(await revision()).toBe(2);
});

test("somebody else applies while the question stands: exit 1, and theirs stays", async () => {
  const terminal = makeTerminal({ cwd: cluster.folder, isTty: true });
  const readLine = async (): Promise<string> => {
    expect((await set("vr-b", "--dns-upstream", "192.0.2.5", "--no-wait")).code).toBe(0);
    return "y";
  };
  const argv = ["--server", cluster.server, "--token-file", cluster.tokenFile, "router", "set", "vr-a", "--dns-upstream", "192.0.2.1"];
  expect(await main(argv, { ...terminal, stdin: { ...terminal.stdin, readLine } })).toBe(1);
  expect(terminal.err()).toContain("the plan was made against revision 2, but the current one is 3");
  expect(await exported()).toMatch(/192\.0\.2\.5/);
});

test.each([
  [["vr-a"], "there is nothing to set"],
  [["vr-x", "--dns-upstream", "192.0.2.1"], "did you mean vr-a?"],
  [["vr-a", "--dns-upstreams", "192.0.2.1"], "did you mean --dns-upstream?"],
])("%j is wrong usage: exit 2", async (words, hint) => {
  const { code, err } = await set(...words);
  expect(err).toContain(hint);
  expect(code).toBe(2);
});

test("a roaming router has no upstreams: exit 2", async () => {
  const roaming = await readFile(path.resolve(path.dirname(example), "roaming.yaml"), "utf8");
  const merged = roaming.replace(/metadata: .*/, "metadata: { name: default-lab }");
  expect((await cluster.rackway(["apply", "-f", "-", "--no-wait"], { input: merged })).code).toBe(0);
  const { code, err } = await set("edge", "--ntp-upstream", "192.0.2.1");
  expect(err).toContain("edge is a roaming router, which has no name and time service");
  expect(code).toBe(2);
});

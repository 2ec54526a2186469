/** The command line against a real server, with agents that only pretend to have hosts. What hosts really do is the lab's to show. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { main } from "@rackway/cli";
import { type Plan, type Status, statusSchema } from "@rackway/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { makeTerminal, run } from "../../../apps/cli/src/testing/terminal.ts";
import { type PretendCluster, startPretendCluster } from "./pretend-cluster.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/default-lab.yaml");
const step = { id: "route/default", action: "create" as const, kind: "default-route", target: "IPv4", from: null, to: "via 10.10.1.100" };
const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));
const asAdmin = (): string[] => ["--server", cluster.server, "--token-file", cluster.tokenFile];
let cluster: PretendCluster;

// A machine that builds labs beside the tests is slow; what is waited for is a state, never a time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
let document = "";

beforeAll(async () => {
  cluster = await startPretendCluster();
  document = await readFile(example, "utf8");
  await writeFile(path.join(cluster.folder, "lab.yaml"), document);
  await writeFile(path.join(cluster.folder, "routed.yaml"), document.replace("ipv6: nat66", "ipv6: routed"));
});
afterAll(() => cluster.stop());

describe("before anything was applied", () => {
  test.each([["status"], ["get", "hosts"], ["get", "events"], ["history"]].map((argv) => [argv.join(" "), argv] as const))(
    "%s says so and exits 0",
    async (_, argv) => {
      const { code, out } = await cluster.rackway(argv);
      expect(code).toBe(0);
      expect(out).toMatch(/Nothing has|There is no revision yet/);
    },
  );

  test.each([["rollback"], ["export"], ["diff", "1"]].map((argv) => [argv.join(" "), argv] as const))("%s exits 1", async (_, argv) => {
    expect((await cluster.rackway(argv)).code).toBe(1);
  });
});

describe("plan and apply", () => {
  test("a plan shows what would be created and reserved, changes nothing, and fits 80 columns", async () => {
    const { code, out } = await cluster.rackway(["plan", "-f", "lab.yaml", "--detailed-exitcode"]);
    expect(code).toBe(2);
    for (const words of ["+ router vr-a", "+ 203.0.113.100 ", "ctl-a1, ctl-a2, ctl-a3", "Plan (the first revision): 19 to create"])
      expect(out).toContain(words);
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect((await cluster.rackway(["history"])).out).toContain("There is no revision yet");
  });

  test("a broken document: every error with its place, its line and what to do; nothing is changed", async () => {
    await writeFile(
      path.join(cluster.folder, "broken.yaml"),
      document.replace("gateway: 10.10.1.1,", "gateway: 010.10.1.1,").replace("role: member", "role: membr"),
    );
    const { code, out, err } = await cluster.rackway(["apply", "-f", "broken.yaml"]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^broken\.yaml:\d+:\d+: error\[address-invalid\]: "010\.10\.1\.1" is not an IP address/);
    expect(err).toMatch(/\n +\d+ \| +ipv4: \{ cidr: 10\.10\.1\.0\/24, gateway: 010\.10\.1\.1,.*\n +\| +\^{10}\n {2}hint: /);
    expect(err).toContain('Did you mean "member"?');
    expect(err).toMatch(/2 errors, 0 warnings\n$/);
    expect((await cluster.rackway(["history"])).out).toContain("There is no revision yet");
  });

  test("the same as JSON for a program", async () => {
    const { code, out, err } = await cluster.rackway(["plan", "-f", "broken.yaml", "-o", "json"]);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    const { error } = JSON.parse(out) as { error: { code: string; issues: { code: string; line: number }[] } };
    expect(error.code).toBe("document-refused");
    expect(error.issues.map((issue) => issue.code)).toEqual(["address-invalid", "field-value"]);
  });

  test("on a terminal it asks, and no means no", async () => {
    const { code, err } = await cluster.rackway(["apply", "-f", "lab.yaml"], { isTty: true, input: "n\n" });
    expect(code).toBe(1);
    expect(err).toContain("Apply this?");
    expect(err).toContain("nothing was changed");
    expect((await cluster.rackway(["history"])).out).toContain("There is no revision yet");
  });

  test("apply makes a revision and waits until the hosts with an agent have converged; the others it names", async () => {
    await cluster.addAgents(["ctl-a1", "ctl-a2", "ctl-a3", "node-a1"]);
    const { code, out, err } = await cluster.rackway(["apply", "-f", "-", "--comment", "first", "--timeout", "20s"], { input: document });
    expect(err).toContain("ok ctl-a1: converged");
    expect(err).toMatch(/ok vr-a: active on ctl-a\d/);
    expect(err).toContain("-- ctl-b1: not enrolled");
    expect(out).toContain("Revision 1 is in force");
    expect(code).toBe(0);
  });

  test("a second apply says that there is nothing to do, and makes no revision", async () => {
    const { code, out } = await cluster.rackway(["apply", "-f", "lab.yaml"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Nothing to do: revision 1 stands\. Not looked at: ctl-b1/);
    expect((await cluster.rackway(["plan", "-f", "lab.yaml", "--detailed-exitcode"])).code).toBe(0);
    expect(JSON.parse((await cluster.rackway(["history", "-o", "json"])).out)).toMatchObject({ current: 1 });
  });

  test("drift is shown by plan, with the host and the step", async () => {
    cluster.world.pending.set("node-a1", [step]);
    const { code, out } = await cluster.rackway(["plan", "-f", "lab.yaml", "--detailed-exitcode"]);
    cluster.world.pending.clear();
    expect(code).toBe(2);
    expect(out).toContain("Drift: hosts differ from revision 1");
    expect(out).toContain("Takeover in rack-a and rack-b: quorum");
    expect(out).toMatch(/node-a1 \(seen .* ago\): 1 step\n {4}\+ default-route IPv4: via 10\.10\.1\.100\n/);
  });

  test("a host that does not get there: exit 1 after the timeout, with the reason; the revision stands", async () => {
    cluster.world.pending.set("node-a1", [step]);
    const { code, err } = await cluster.rackway(["apply", "-f", "routed.yaml", "-y", "--timeout", "1500ms"]);
    cluster.world.pending.clear();
    expect(code).toBe(1);
    expect(err).toContain("not there after 1 s; revision 2 is accepted");
    expect(err).toContain("node-a1: 1 step to go: create default-route IPv4");
    expect(err).not.toMatch(/^\s+at /m);
  });

  test("Ctrl-C while it waits: exit 1, and the revision is said to stand", async () => {
    cluster.world.pending.set("node-a1", [step]);
    let sleeps = 0;
    const terminal = makeTerminal({
      cwd: cluster.folder,
      sleep: () => {
        if (++sleeps === 2) terminal.interrupt();
        return new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    const code = await main([...asAdmin(), "apply", "-f", "lab.yaml", "-y"], terminal);
    cluster.world.pending.clear();
    expect(terminal.err()).toContain("not waited for the end; revision 3 is accepted");
    expect(code).toBe(1);
  });

  test("a rollback shows the way back, and waits", async () => {
    const { code, out, err } = await cluster.rackway(["rollback", "2", "--comment", "routed after all", "--timeout", "20s"]);
    expect(out).toContain("nat.ipv6  nat66 -> routed");
    expect(out).toContain("Revision 4 is accepted: the document of revision 2.");
    expect(err).toContain("ok node-a1: converged");
    expect(code).toBe(0);
    const history = (await cluster.rackway(["history"])).out;
    expect(history).toMatch(/^4 \* .* admin {2}rollback to 2 {2}routed after all$/m);
    expect((await cluster.rackway(["rollback", "4"])).code).toBe(2);
    expect((await cluster.rackway(["rollback", "99"])).code).toBe(1);
  });

  test("diff and export tell of any revision", async () => {
    expect((await cluster.rackway(["diff", "1", "2"])).out).toContain("nat.ipv6  nat66 -> routed");
    expect((await cluster.rackway(["diff", "current"])).out).toBe("No difference.\n");
    const exported = await cluster.rackway(["export"]);
    await writeFile(path.join(cluster.folder, "exported.yaml"), exported.out);
    expect((await cluster.rackway(["plan", "-f", "exported.yaml", "--detailed-exitcode"])).code).toBe(0);
    const older = await cluster.rackway(["export", "--revision", "1", "-o", "json"]);
    expect(JSON.parse(older.out)).toMatchObject({ kind: "Cluster", metadata: { name: "default-lab" } });
  });

  test("somebody else applies while the question stands: exit 1, nothing is changed, plan again", async () => {
    const terminal = makeTerminal({ cwd: cluster.folder, isTty: true });
    const readLine = async (): Promise<string> => {
      expect((await cluster.rackway(["apply", "-f", "lab.yaml", "--no-wait"])).code).toBe(0);
      return "y";
    };
    await writeFile(path.join(cluster.folder, "mine.yaml"), document.replace("enabled: true", "enabled: false"));
    const code = await main([...asAdmin(), "apply", "-f", "mine.yaml"], { ...terminal, stdin: { ...terminal.stdin, readLine } });
    expect(terminal.err()).toContain("the plan was made against revision 4, but the current one is 5");
    expect(terminal.err()).toContain("Plan again");
    expect(code).toBe(1);
    expect((await cluster.rackway(["history"])).out).toMatch(/^5 \*/m);
  });
});

describe("what is", () => {
  test("status says who carries what, as text in 80 columns and as the contract", async () => {
    const text = await cluster.rackway(["status"]);
    expect(text.out).toMatch(/^vr-a +ctl-a\d /m);
    expect(widest(text.out)).toBeLessThanOrEqual(80);
    const json = await cluster.rackway(["status", "-o", "json"]);
    expect(statusSchema.parse(JSON.parse(json.out)).routers[0]?.vips).toHaveLength(4);
  });

  const lists = ["vips", "networks", "hosts", "routers", "racks", "pools", "events"];
  test.each(lists.flatMap((kind) => ["table", "wide", "json", "yaml"].map((format) => [kind, format] as const)))(
    "get %s -o %s",
    async (kind, format) => {
      const { code, out, err } = await cluster.rackway(["get", kind, "-o", format]);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      if (format === "table") expect(widest(out)).toBeLessThanOrEqual(80);
      if (format === "json") expect(JSON.parse(out)).toBeTypeOf("object");
    },
  );

  test("one thing by name, and the nearest name for one that is not there", async () => {
    expect((await cluster.rackway(["get", "host", "ctl-a1"])).out.split("\n")).toHaveLength(3);
    const { code, err } = await cluster.rackway(["get", "host", "clt-a1"]);
    expect(err).toBe('error: there is no host "clt-a1"\nhint: did you mean ctl-a1?\n');
    expect(code).toBe(2);
  });

  test.each([
    ["host", "ctl-a1"],
    ["router", "vr-a"],
    ["vip", "vr-a/public"],
    ["network", "rack-a/public"],
    ["rack", "rack-a"],
  ])("describe %s %s", async (kind, name) => {
    const { code, out } = await cluster.rackway(["describe", kind, name]);
    expect(out).toContain(name);
    expect(widest(out)).toBeLessThanOrEqual(80);
    expect(code).toBe(0);
  });

  test("Tab asks the server for names", async () => {
    const { out } = await run(["complete", "--", ...asAdmin(), "drain", "ctl-a"]);
    expect(out).toBe("ctl-a1\t\nctl-a2\t\nctl-a3\t\n:4\n");
  });
});

describe("planned work", () => {
  const owner = async (): Promise<string | null> =>
    (JSON.parse((await cluster.rackway(["status", "-o", "json"])).out) as Status).routers.find((router) => router.name === "vr-a")
      ?.active ?? null;

  test("move waits for the end and tells how it goes", async () => {
    const to = (await owner()) === "ctl-a3" ? "ctl-a2" : "ctl-a3";
    const { code, out, err } = await cluster.rackway(["move", "vr-a", "--to", to, "--reason", "a test"]);
    expect(err).toContain(`${to} is made ready`);
    expect(out).toMatch(new RegExp(`^Moved vr-a from ctl-a\\d to ${to} in \\d`));
    expect(code).toBe(0);
  });

  test("to where it is already there is nothing to do", async () => {
    await expect.poll(owner, { timeout: 20_000 }).toBe("ctl-a3");
    expect((await cluster.rackway(["move", "vr-a/public", "--to", "ctl-a3"])).out).toBe("Nothing to do: vr-a is on ctl-a3 already.\n");
  });

  test("a move that fails exits 1 with the hosts' reason", async () => {
    cluster.world.moveFailure = "ctl-a1 is not in step";
    const { code, err } = await cluster.rackway(["move", "203.0.113.100", "--to", "ctl-a1"]);
    cluster.world.moveFailure = null;
    expect(err).toContain("error: vr-a was not moved to ctl-a1: ctl-a1 is not in step");
    expect(code).toBe(1);
  });

  test.each([
    [["move", "vr-x", "--to", "ctl-a1"], "did you mean vr-a?"],
    [["move", "vr-a", "--to", "ctl-a9"], "did you mean ctl-a1?"],
    [["move", "vr-a", "--to", "ctl-b1"], "its controllers are ctl-a1, ctl-a2 and ctl-a3"],
    [["drain", "ctl-x1"], "did you mean ctl-a1?"],
  ])("%j is wrong usage", async (argv, words) => {
    const { code, err } = await cluster.rackway(argv);
    expect(err).toContain(words);
    expect(code).toBe(2);
  });

  test("drain waits until the host carries nothing; resume takes it back", async () => {
    const { code, out, err } = await cluster.rackway(["drain", "ctl-a3", "--timeout", "20s"]);
    expect(out).toContain("ctl-a3 is drained and carries nothing");
    expect(err).toMatch(/ok vr-a: active on ctl-a[12]/);
    expect(code).toBe(0);
    expect((await cluster.rackway(["status"])).out).toContain("host ctl-a3: it is drained");
    expect((await cluster.rackway(["resume", "ctl-a3"])).out).toBe("ctl-a3 is back in service (it was drained).\n");
    expect((await cluster.rackway(["resume", "ctl-a3"])).out).toContain("Nothing to do");
  });

  test("a drain that nobody obeys exits 1 and says what is still there", async () => {
    cluster.world.obeysDrain = false;
    cluster.world.owners.set("vr-a", "ctl-a2");
    await expect.poll(owner, { timeout: 20_000 }).toBe("ctl-a2");
    const { code, err } = await cluster.rackway(["drain", "ctl-a2", "--timeout", "1s"]);
    cluster.world.obeysDrain = true;
    expect(err).toContain("vr-a: still on ctl-a2");
    expect(err).toContain("ctl-a2 stays marked as drained");
    expect(code).toBe(1);
    await cluster.rackway(["resume", "ctl-a2"]);
  });

  test("get events --min-severity leaves out what somebody wanted; what moved is marked", async () => {
    const all = await cluster.rackway(["get", "events", "--limit", "1000"]);
    expect(all.out).toMatch(/^ {3}\d\d-\d\d .*revision-applied/m);
    expect(all.out).toMatch(/^- {2}\d\d-\d\d .*router\/vr-a +router-active/m);
    expect(widest(all.out)).toBeLessThanOrEqual(80);
    const grave = await cluster.rackway(["get", "events", "--min-severity", "warning"]);
    expect(grave.out).toContain("router-active");
    expect(grave.out).not.toContain("revision-applied");
    const critical = await cluster.rackway(["get", "events", "--min-severity", "critical"]);
    expect(critical).toMatchObject({ code: 0, out: "Nothing of that has happened.\n" });
    expect((await cluster.rackway(["get", "events", "--min-severity", "loud"])).code).toBe(2);
    expect((await cluster.rackway(["get", "hosts", "--min-severity", "warning"])).err).toContain("--min-severity is for events only");
  });

  test("a member cannot be drained", async () => {
    const { code, err } = await cluster.rackway(["drain", "node-a1"]);
    expect(err).toContain("it is no controller");
    expect(code).toBe(1);
  });

  test("pause waits for the agent's own word; resume undoes it", async () => {
    expect((await cluster.rackway(["pause", "node-a1", "--reason", "looking"])).code).toBe(0);
    const status = JSON.parse((await cluster.rackway(["status", "-o", "json"])).out) as Status;
    expect(status.hosts.find((host) => host.name === "node-a1")?.paused).toBe(true);
    expect((await cluster.rackway(["get", "events", "--subject", "host/node-a1"])).out).toContain("looking");
    const { out, err } = await cluster.rackway(["resume", "node-a1"]);
    expect(err).toContain("its agent has taken it up");
    expect(out).toContain("back in service (it was paused)");
  });
});

describe("enrolment", () => {
  test("a token goes into a new file that only its owner can read", async () => {
    const { code, out } = await cluster.rackway(["host", "enroll", "ctl-b1", "--token-out", "ctl-b1.token"]);
    expect(code).toBe(0);
    const token = (await readFile(path.join(cluster.folder, "ctl-b1.token"), "utf8")).trim();
    expect(token.length).toBeGreaterThan(20);
    expect(out).not.toContain(token);
    const again = await cluster.rackway(["host", "enroll", "ctl-b1", "--token-out", "ctl-b1.token"]);
    expect(again.err).toContain("it exists already");
    expect(again.code).toBe(1);
  });
});

describe("without the right token", () => {
  test("exit 1, where the token came from, and no token in the words", async () => {
    await writeFile(path.join(cluster.folder, "wrong"), "not-the-token\n");
    const { code, err } = await cluster.rackway(["--token-file", "wrong", "status"]);
    expect(code).toBe(1);
    expect(err).toContain("wrong");
    expect(err).not.toContain("not-the-token");
  });
});

describe("a plan as data", () => {
  test("carries everything", async () => {
    const { out } = await cluster.rackway(["plan", "-f", "routed.yaml", "-o", "json"]);
    const plan = JSON.parse(out) as Plan;
    expect(plan.changes).toMatchObject([{ action: "change", kind: "router", name: "vr-a" }]);
    expect(plan.hosts.length).toBeGreaterThan(0);
  });
});

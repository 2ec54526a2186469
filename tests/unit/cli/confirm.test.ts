/** `apply --confirm-within` and `confirm`, by the command line against a real server; its agents only pretend to have hosts. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { type PretendCluster, startPretendCluster } from "./pretend-cluster.ts";

const example = path.resolve(import.meta.dirname, "../../../examples/default-lab.yaml");
let cluster: PretendCluster;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
beforeAll(async () => {
  cluster = await startPretendCluster();
  const document = await readFile(example, "utf8");
  await writeFile(path.join(cluster.folder, "lab.yaml"), document);
  await writeFile(path.join(cluster.folder, "routed.yaml"), document.replace("ipv6: nat66", "ipv6: routed"));
  await cluster.rackway(["apply", "-f", "lab.yaml", "-y", "--no-wait"]);
  await cluster.addAgents(["ctl-a1", "ctl-a2", "ctl-a3", "node-a1"]);
});
afterAll(() => cluster.stop());

const rackway = (...argv: string[]) => cluster.rackway(argv);

test("what must be confirmed says until when, keeps other changes out, and stays once it is confirmed", async () => {
  const apply = await rackway("apply", "-f", "routed.yaml", "-y", "--confirm-within", "10m", "--timeout", "20s");
  expect(apply.out).toMatch(/^Revision 2 is accepted; the hosts undo it in (10m00s|9m5\ds) unless it is confirmed\.$/m);
  expect(apply.out).toMatch(/keep it within 9m\d\ds: rackway confirm\n$/);
  expect(apply.code).toBe(0);
  const other = await rackway("apply", "-f", "lab.yaml", "-y");
  expect(other.code).toBe(1);
  expect(other.out.replaceAll("\n", " ")).toMatch(/Revision 2 is not confirmed yet, and is undone in 9m\d\ds/);
  expect(other.err).toMatch(/^error: revision 2 is not confirmed yet/m);
  expect((await rackway("status")).out.replaceAll("\n", " ")).toMatch(/revision 2 \(to be confirmed within 9m\d\ds\)/);
  expect((await rackway("history")).out).toMatch(/^2 \* .* apply, unconfirmed/m);
  const confirm = await rackway("confirm", "--timeout", "20s");
  expect(confirm.out).toMatch(/^Revision 2 is confirmed\.\nEvery host keeps it; 4 not waited for/);
  expect(confirm.err).toContain("ok ctl-a1: keeps it");
  expect(confirm.code).toBe(0);
  expect((await rackway("history")).out).toMatch(/^2 \* .* apply, confirmed/m);
  expect((await rackway("status")).out).not.toContain("to be confirmed");
});

test("what is taken back before is undone in the history, and cannot be confirmed", async () => {
  await rackway("apply", "-f", "lab.yaml", "-y", "--no-wait", "--confirm-within", "10m");
  expect((await rackway("rollback", "-y", "--no-wait")).code).toBe(0);
  expect((await rackway("history")).out).toMatch(/^3 .* apply, undone/m);
  const late = await rackway("confirm", "3", "-o", "json");
  expect(late.code).toBe(1);
  expect(JSON.parse(late.out)).toMatchObject({ error: { code: "confirm-nothing" } });
});

test("a time that is too short is wrong usage", async () => {
  const { code, err } = await rackway("apply", "-f", "routed.yaml", "-y", "--confirm-within", "1s");
  expect(code).toBe(2);
  expect(err).toContain("from 5s to 24h");
});

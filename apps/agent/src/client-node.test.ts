import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { ClientPaths, CommandResult, ServiceDriver } from "@rackway/linux";
import { emptyOriginals, noClient } from "@rackway/linux";
import { afterEach, beforeEach, expect, test } from "vitest";

import { ClientNode } from "./client-node.ts";
import type { OriginalsFile } from "./originals-file.ts";
import { running } from "./testing.ts";

let root: string;
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "rackway-clients-"))));
afterEach(() => rm(root, { recursive: true }));

const ours = "# Managed by Rackway. Changes made here are put back; change the cluster document instead.\nserver 10.10.1.100\n";

/** A host with chrony whose clock is ours, to be given back. `reload`: what chronyd says, time after time. */
async function hostWithOurClock(...reload: CommandResult[]) {
  const at = (name: string): string => join(root, name);
  const paths: ClientPaths = {
    resolvConf: at("resolv.conf"),
    resolvedDropIn: at("resolved.conf.d/rackway.conf"),
    resolvedUplinks: at("uplinks"),
    chronyConf: at("chrony.conf"),
    chronySources: at("sources.d/rackway.sources"),
    timesyncdDropIn: at("timesyncd.conf.d/rackway.conf"),
  };
  await mkdir(dirname(paths.chronySources));
  await writeFile(paths.chronySources, ours);
  const memory = { originals: emptyOriginals("world") };
  const file: OriginalsFile = { load: async () => memory.originals, save: async (next) => void (memory.originals = next) };
  const none = { installed: false, enabled: false, running: false };
  const driver = { observe: async (service: string) => (service === "chrony" ? running : none) } as unknown as ServiceDriver;
  const tellings: string[] = [];
  const run = async (argv: readonly string[]): Promise<CommandResult> => {
    if (!argv.includes("reload")) return ok;
    tellings.push(argv.join(" "));
    return reload.shift() ?? ok;
  };
  return { paths, memory, tellings, agent: () => new ClientNode(run, file, { paths, driver }) };
}

const ok: CommandResult = { code: 0, stdout: "", stderr: "" };
const refusal: CommandResult = { code: 1, stdout: "", stderr: "506 Cannot talk to daemon" };

test("a clock that chronyd would not give back is not given back: it is said, remembered, and done by the next agent", async () => {
  const { paths, memory, tellings, agent } = await hostWithOurClock(refusal, refusal);
  const first = await agent().converge(noClient);
  expect(first.problems.map(({ code }) => code)).toEqual(["daemon-refused"]);
  expect(first.pending.map(({ action, target }) => `${action} ${target}`)).toEqual(["delete chrony"]);
  await expect(stat(paths.chronySources)).rejects.toThrow("ENOENT");
  expect(memory.originals.untold).toEqual(["chrony"]);
  expect((await agent().converge(noClient)).problems.map(({ code }) => code)).toEqual(["daemon-refused"]);
  const last = await agent().converge(noClient);
  expect([last.problems, last.pending, last.applied.length]).toEqual([[], [], 1]);
  expect(tellings).toEqual(Array(3).fill("chronyc reload sources"));
  expect(memory.originals).toEqual(emptyOriginals("world"));
  await agent().converge(noClient);
  expect(tellings).toHaveLength(3);
});

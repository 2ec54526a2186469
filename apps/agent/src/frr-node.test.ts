import type { CommandRunner } from "@rackway/linux";
import { emptyFrrMemory } from "@rackway/routing";
import type { FrrMemory } from "@rackway/routing";
import type { RoutingState } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import type { FrrMemoryFile } from "./frr-memory-file.ts";
import { FrrNode } from "./frr-node.ts";
import { RoutingWatch } from "./routing-watch.ts";

const routing: RoutingState = {
  routerId: "10.20.1.11",
  families: [4],
  ospf: {
    area: "0.0.0.0",
    interfaces: ["eth-fab"],
    networkType: "broadcast",
    cost: 10,
    helloSeconds: 1,
    deadSeconds: 4,
    authentication: null,
    bfd: null,
  },
  bgp: null,
  announce: [],
};

function stage(vtysh: Awaited<ReturnType<CommandRunner>>): {
  readonly node: FrrNode;
  readonly commands: string[];
  readonly run: CommandRunner;
} {
  const commands: string[] = [];
  let memory: FrrMemory = emptyFrrMemory;
  const file: FrrMemoryFile = { load: async () => memory, save: async (next) => void (memory = next) };
  const run: CommandRunner = async (argv) => {
    commands.push(argv.join(" "));
    return argv[0] === "vtysh" ? vtysh : { code: 1, stdout: "", stderr: "" };
  };
  return { node: new FrrNode(run, file), commands, run };
}

const absent = { code: 127, stdout: "", stderr: "vtysh: spawn vtysh ENOENT" };

describe("FRR on a host", () => {
  test("without routing, that never was ours, is not even asked", async () => {
    const { node, commands, run } = stage(absent);
    const nothing = { pending: [], applied: [], problems: [] };
    expect(await node.converge(null)).toEqual(nothing);
    expect(await node.look(null)).toEqual(nothing);
    const watch = new RoutingWatch(run);
    await watch.look(null, 0);
    expect(watch.sight).toEqual({ observation: null, problems: [] });
    expect(commands).toEqual([]);
  });

  test("that is not installed is told once, by the half that would need it", async () => {
    const { node, commands, run } = stage(absent);
    const look = await node.converge(routing);
    expect(look.problems.map(({ code }) => code)).toEqual(["frr-missing"]);
    expect(commands.filter((command) => /vtysh -f|systemctl (en|re)/.test(command))).toEqual([]);
    const watch = new RoutingWatch(run);
    await watch.look(routing, 0);
    expect(watch.sight.problems).toEqual([]);
    expect(watch.sight.observation).toMatchObject({ version: null, neighbors: [] });
  });
});

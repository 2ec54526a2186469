import { expect, test } from "vitest";

import type { CommandRunner } from "@rackway/linux";

import { applyFrr, checkFrr } from "./apply-frr.ts";
import { parseFrrConfig } from "./frr-config.ts";
import { keys } from "./testing.ts";

const noDriver = { start: refuse, stop: refuse, reload: refuse };

async function refuse(): Promise<never> {
  throw new Error("nobody asked for it");
}

/** Remembers what was run, and answers with a message where the words match. */
function recorder(refusal?: { readonly to: string; readonly stderr: string }): { readonly run: CommandRunner; readonly calls: string[] } {
  const calls: string[] = [];
  const run: CommandRunner = async (argv, options) => {
    calls.push(`${argv.join(" ")}${options?.input === undefined ? "" : `\n${options.input}`}`);
    const isRefused = refusal !== undefined && argv.join(" ").includes(refusal.to);
    return isRefused ? { code: 2, stdout: "", stderr: refusal.stderr } : { code: 0, stdout: "", stderr: "" };
  };
  return { run, calls };
}

const change = parseFrrConfig(`key chain rw-ospf\n key 1\n  key-string ${keys.ospf}\nrouter ospf\n ospf router-id 1.2.3.4\n`);
const withdraw = [{ context: ["router ospf"], text: "no redistribute kernel" }];

test("the whole batch is checked before any of it is entered; withdrawals come first and are waited for", async () => {
  const { run, calls } = recorder();
  expect(await applyFrr([{ do: "configure", withdraw, change }], { run, driver: noDriver, keys })).toBeNull();
  expect(calls[0]).toMatch(
    /^sh -c cat \| vtysh -C --inputfile \/dev\/stdin\nrouter ospf\n no redistribute kernel\nexit\nkey chain rw-ospf\n/,
  );
  expect(calls[1]).toBe("sh -c cat | vtysh -f /dev/stdin\nrouter ospf\n no redistribute kernel\nexit\n");
  expect(calls[2]).toContain("show ip ospf neighbor detail json");
  expect(calls.at(-1)).toMatch(/^sh -c cat \| vtysh -f \/dev\/stdin\nkey chain rw-ospf\n/);
});

test("what the checker refuses is not entered, and the message has no key in it", async () => {
  const { run, calls } = recorder({ to: "vtysh -C", stderr: `line 3: % Unknown command: key-string ${keys.ospf}` });
  const problem = await applyFrr([{ do: "configure", withdraw: [], change }], { run, driver: noDriver, keys });
  expect(problem).toMatchObject({ code: "frr-refused" });
  expect(problem?.message).toContain("line 3");
  expect(JSON.stringify(problem)).not.toContain(keys.ospf);
  expect(calls).toHaveLength(1);
});

test("a refusal counts that vtysh forgot in its exit code", async () => {
  // As FRR 8.4.4 does when a section's header is not known and an `exit` follows.
  const run: CommandRunner = async () => ({ code: 0, stdout: "", stderr: "line 9: % Unknown command[4]: route-mop x permit 10\n" });
  expect(await checkFrr(run, "route-mop x permit 10\n", keys)).toMatchObject({ code: "frr-refused" });
});

test("no key is ever an argument", async () => {
  const { run, calls } = recorder();
  await applyFrr([{ do: "configure", withdraw: [], change }], { run, driver: noDriver, keys });
  for (const call of calls) expect(call.split("\n")[0]).not.toContain(keys.ospf);
  expect(calls.join("")).toContain(keys.ospf);
});

test("nothing to do runs nothing", async () => {
  const { run, calls } = recorder();
  expect(await applyFrr([], { run, driver: noDriver, keys })).toBeNull();
  expect(calls).toEqual([]);
});

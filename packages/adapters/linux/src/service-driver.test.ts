import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { CommandResult, CommandRunner } from "./run.ts";
import type { ServiceDriver } from "./service-driver.ts";
import { runitDriver, systemdDriver } from "./service-driver.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rackway-sv-"));
  mkdirSync(join(folder, "sv/corosync"), { recursive: true });
  mkdirSync(join(folder, "service"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An init system with one service, as its own tool would tell of it. */
interface Stage {
  readonly driver: ServiceDriver;
  readonly commands: string[];
}

function fakeRunit(): Stage {
  const commands: string[] = [];
  let isUp = false;
  const run: CommandRunner = async (argv) => {
    const verb = argv.find((word) => ["start", "down", "restart", "status", "exit"].includes(word)) ?? "";
    if (verb !== "status") commands.push(verb);
    if (verb === "start") isUp = true;
    if (verb === "down") isUp = false;
    return answer(0, verb === "status" ? `${isUp ? "run" : "down"}: corosync: 1s` : "ok");
  };
  return { driver: runitDriver(run, { services: join(folder, "service"), definitions: join(folder, "sv") }), commands };
}

function fakeSystemd(): Stage {
  const commands: string[] = [];
  let isUp = false;
  const run: CommandRunner = async ([, ...words]) => {
    if (words[0] === "show")
      return answer(0, `LoadState=loaded\nUnitFileState=${isUp ? "enabled" : "disabled"}\nActiveState=${isUp ? "active" : "inactive"}\n`);
    commands.push(words.join(" "));
    isUp = words[0] === "enable";
    return answer(0, "");
  };
  return { driver: systemdDriver(run), commands };
}

function answer(code: number, stdout: string): CommandResult {
  return { code, stdout, stderr: "" };
}

/** One conformance suite for both init systems. */
describe.each([
  ["runit", fakeRunit],
  ["systemd", fakeSystemd],
] as const)("%s", (_name, make) => {
  test("a service is installed and idle at first, runs and is enabled once started, and is neither once stopped", async () => {
    const { driver } = make();
    expect(await driver.observe("corosync")).toEqual({ installed: true, enabled: false, running: false });
    expect(await driver.start("corosync")).toEqual({ ok: true });
    expect(await driver.observe("corosync")).toEqual({ installed: true, enabled: true, running: true });
    expect(await driver.stop("corosync")).toEqual({ ok: true });
    expect(await driver.observe("corosync")).toEqual({ installed: true, enabled: false, running: false });
  });

  test("starting what runs, and stopping what does not, is done already", async () => {
    const { driver } = make();
    expect(await driver.stop("corosync")).toEqual({ ok: true });
    await driver.start("corosync");
    expect(await driver.start("corosync")).toEqual({ ok: true });
  });
});

test("runit: enabled is a link to the definition, and goes with the service", async () => {
  const { driver } = fakeRunit();
  await driver.start("corosync");
  expect(readlinkSync(join(folder, "service/corosync"))).toBe(join(folder, "sv/corosync"));
  await driver.stop("corosync");
  expect(existsSync(join(folder, "service/corosync"))).toBe(false);
});

test("runit: a service without a definition is not installed", async () => {
  expect((await fakeRunit().driver.observe("pacemaker")).installed).toBe(false);
});

test("a refusal carries the tool's own words", async () => {
  const refuse: CommandRunner = async () => ({ code: 1, stdout: "", stderr: "Unit corosync.service is masked." });
  expect(await systemdDriver(refuse).start("corosync")).toEqual({
    ok: false,
    reason: "systemctl enable --now corosync.service: Unit corosync.service is masked.",
  });
});

test("a reload is systemd's own; runit has none, and restarts", async () => {
  const runit = fakeRunit();
  await runit.driver.start("frr");
  expect(await runit.driver.reload("frr")).toEqual({ ok: true });
  expect(runit.commands.at(-1)).toBe("restart");
  const commands: string[] = [];
  const run: CommandRunner = async (argv) => {
    commands.push(argv.join(" "));
    return { code: 0, stdout: "", stderr: "" };
  };
  expect(await systemdDriver(run).reload("frr")).toEqual({ ok: true });
  expect(commands).toEqual(["systemctl reload frr.service"]);
});

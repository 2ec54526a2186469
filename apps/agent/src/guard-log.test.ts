import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostEventSchema } from "@rackway/schema";
import { afterEach, beforeEach, expect, test } from "vitest";

import { GuardLog, parseGuardLines } from "./guard-log.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "guard-log-"));
  path = join(folder, "guard.log");
});
afterEach(() => rmSync(folder, { recursive: true }));

const drop = (at: string, what = "rw-vr-a-vips"): string => `${at} gave up ${what}: Corosync says that quorum is lost\n`;

test("a line of the guard is an event of the router, at the guard's own time, with its reason", () => {
  const text = `2026-01-02T03:04:05.000Z quorum: no, 1 members\n${drop("2026-01-02T03:04:05.123Z", "rw-vr-a-vips rw-vr-b-vips")}`;
  const events = parseGuardLines(text, "ctl-a1").map((one) => hostEventSchema.parse(one));
  expect(events.map(({ at, kind, subject }) => `${at} ${kind} ${subject}`)).toEqual([
    "2026-01-02T03:04:05.123Z guard-dropped router/vr-a",
    "2026-01-02T03:04:05.123Z guard-dropped router/vr-b",
  ]);
  expect(events[0]?.reason).toBe("the guard on ctl-a1 gave up the VIPs: Corosync says that quorum is lost");
});

test("only what is new is told, whole lines only, also after the log was begun anew", async () => {
  writeFileSync(path, drop("2026-01-02T03:04:01.000Z"));
  const log = new GuardLog(path, "ctl-a1");
  const times = async (): Promise<string[]> => (await log.take()).map(({ at }) => at.slice(17, 19));
  expect(await times()).toEqual([]);
  appendFileSync(path, `${drop("2026-01-02T03:04:02.000Z")}2026-01-02T03:04:03.000Z gave up rw-`);
  expect(await times()).toEqual(["02"]);
  appendFileSync(path, "vr-a-vips: Corosync is gone\n");
  expect(await times()).toEqual(["03"]);
  expect(await times()).toEqual([]);
  writeFileSync(path, drop("2026-01-02T03:04:04.000Z"));
  expect(await times()).toEqual(["04"]);
  await log.close();
});

test("a log that comes into being later is told from its first line", async () => {
  const log = new GuardLog(path, "ctl-a1");
  expect(await log.take()).toEqual([]);
  writeFileSync(path, drop("2026-01-02T03:04:05.000Z"));
  expect(await log.take()).toHaveLength(1);
  await log.close();
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "rackway-settled-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const library = readFileSync(join(import.meta.dirname, "../ocf/.rackway-lib.sh"), "utf8").replaceAll("/run/rackway", folder);
writeFileSync(join(folder, "lib.sh"), library);

/** How long a takeover waits, milliseconds, when the guard's word is so far away. */
function waitsMs(awayMs: number): number {
  const uptimeMs = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  writeFileSync(join(folder, "takeover-after"), `${Math.round(uptimeMs + awayMs)}\n`);
  const script = `. ${folder}/lib.sh; sleep() { echo "$1"; }; wait_until_settled`;
  return Number(execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim() || "0") * 1000;
}

/** Of `timers: local`; of `careful`; of each with a quorum device (rackway-guard, `settle`). */
test.each([430, 1_100, 930, 5_100])("a takeover waits until the others have given up: %i ms", (awayMs) => {
  const waited = waitsMs(awayMs);
  expect(waited).toBeLessThanOrEqual(awayMs);
  expect(waited).toBeGreaterThan(awayMs - 400);
});

test("what is long past is not waited for, and nonsense no longer than the slowest timers ask for", () => {
  expect(waitsMs(-5_000)).toBe(0);
  expect(waitsMs(3_600_000)).toBe(6_000);
});

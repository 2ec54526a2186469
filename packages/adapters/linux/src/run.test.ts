import { expect, test } from "vitest";

import { runCommand } from "./run.ts";

test("input goes in, output and exit code come back, and a failure is a result", async () => {
  expect(await runCommand(["cat"], { input: "a\nb" })).toEqual({ code: 0, stdout: "a\nb", stderr: "" });
  expect(await runCommand(["sh", "-c", "echo no >&2; exit 3"])).toEqual({ code: 3, stdout: "", stderr: "no\n" });
});

test("a command that is not there is 127, with its name", async () => {
  const { code, stderr } = await runCommand(["rackway-no-such-command"]);
  expect(code).toBe(127);
  expect(stderr).toContain("rackway-no-such-command");
});

test("no shell reads the words", async () => {
  expect((await runCommand(["echo", "$HOME; exit 1", "*"])).stdout).toBe("$HOME; exit 1 *\n");
});

test("what takes too long is killed with its children, and says so", async () => {
  const startedAt = performance.now();
  const { code, stderr } = await runCommand(["sh", "-c", "sleep 30 & sleep 30"], { timeoutMs: 100 });
  expect(code).toBe(124);
  expect(stderr).toContain("no end after 100 ms");
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test("a command that ends without reading its input does no harm", async () => {
  expect((await runCommand(["true"], { input: "x".repeat(1_000_000) })).code).toBe(0);
});

/** The program as a process: what a shell sees of it. */
import { execFile, spawn } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { describe, expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const rackway = path.join(root, "rackway");
const env = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", RACKWAY_SERVER: "http://127.0.0.1:1" };

async function codeOf(argv: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(rackway, argv, { env, stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", resolve);
  });
}

describe("./rackway", () => {
  test.each([
    [["--help"], 0],
    [["--version"], 0],
    [["status"], 1],
    [["statsu"], 2],
    [["plan", "--detailed-exitcode"], 1],
  ])("%j exits %i", async (argv, code) => expect(await codeOf(argv)).toBe(code), 30_000);

  test("ends quietly when its reader goes away", async () => {
    const { stdout, stderr } = await promisify(execFile)("sh", ["-c", `"${rackway}" --help | head -1; echo done`], { env });
    expect(stderr).toBe("");
    expect(stdout).toBe("Usage: rackway [options] [command]\ndone\n");
  }, 30_000);

  test("SIGINT ends a watch in order", async () => {
    const child = spawn(rackway, ["status", "--watch"], { env, stdio: ["ignore", "ignore", "pipe"] });
    await new Promise((resolve) => child.stderr.once("data", resolve));
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  }, 30_000);
});

describe("the completion script for bash", () => {
  const complete = async (line: string): Promise<string[]> => {
    const words = line.split(" ");
    const script = `PATH="${root}:$PATH"; source <(rackway completion bash)
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
compopt() { :; }; _rackway; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", script], { env, cwd: root });
    return stdout.split("\n").filter(Boolean);
  };

  test("offers commands, flags and files", async () => {
    expect(await complete("rackway ro")).toEqual(["rollback", "router"]);
    expect(await complete("rackway apply --comm")).toEqual(["--comment"]);
    expect((await complete("rackway apply -f packa")).sort()).toEqual(["package-lock.json", "package.json", "packages"]);
  }, 30_000);

  test("runs nothing of what was typed", async () => {
    expect(await complete("rackway get $(echo${IFS}hosts)")).toEqual([]);
  }, 30_000);
});

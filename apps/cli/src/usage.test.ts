import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildProgram } from "./program.ts";
import { allCommands, commandPath } from "./reference.ts";
import { Session } from "./session.ts";
import { examplesFor } from "./teach.ts";
import { makeTerminal, run } from "./testing/terminal.ts";

const program = buildProgram(new Session(makeTerminal()));
const commands = allCommands(program);
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-cli-"));
  await writeFile(join(folder, "a.yaml"), "kind: Cluster\n");
});
afterAll(() => rm(folder, { recursive: true }));

describe("help", () => {
  test.each([...commands.map((command) => [commandPath(command), command] as const)])(
    "%s teaches with two real examples",
    (path, command) => {
      const examples = examplesFor(command);
      expect(examples.length).toBeGreaterThanOrEqual(2);
      for (const { line } of examples) expect(line).toContain("rackway ");
      expect(command.description().length).toBeGreaterThan(20);
      expect(path.split(" ")[0]).toBe("rackway");
    },
  );

  test.each(commands.filter((command) => !["server", "agent", "lab"].includes(command.name())).map((command) => commandPath(command)))(
    "%s --help fits 80 columns, but for examples, and exits 0",
    async (path) => {
      const { code, out, err } = await run([...path.split(" ").slice(1), "--help"]);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const text = out.slice(0, out.indexOf("\nExamples:"));
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    },
  );

  test("without any argument is help, too", async () => {
    const { code, out } = await run([]);
    expect(code).toBe(0);
    for (const name of ["lab", "server", "agent", "apply"]) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test("every example can be parsed by the commands themselves", async () => {
    const lines = [program, ...commands].flatMap((command) => examplesFor(command).map(({ line }) => line));
    for (const line of lines) {
      const words = /(?:^|[(|] ?)rackway ([^|>)&]*)/.exec(line)?.[1]?.trim() ?? "";
      const [first = ""] = words.split(" ");
      if (["server", "agent", "lab"].includes(first)) continue;
      const argv = [...words.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
      const parsed = buildProgram(new Session(makeTerminal()));
      parsed.commands.forEach(function silence(command): void {
        command.commands.forEach(silence);
        command.action(() => undefined);
      });
      await expect(parsed.parseAsync(argv, { from: "user" }), line).resolves.toBeDefined();
    }
  });
});

describe("wrong usage exits 2, says what was meant, and asks no server", () => {
  test.each([
    [["aply"], "did you mean apply?"],
    [["get", "hots"], "did you mean hosts?"],
    [["get", "hosts", "-o", "jsn"], "did you mean json?"],
    [["get", "hosts", "--outptu", "json"], "did you mean --output?"],
    [["get", "hosts", "--follow"], "for events only"],
    [["get", "events", "vr-a"], "--subject vr-a"],
    [["plan"], "rackway plan --help"],
    [["move", "vr-a"], "--to"],
    [["diff", "one"], "rackway history"],
    [["rollback", "0"], "rackway history"],
    [["apply", "-f", "a.yaml", "--timeout", "soon"], "90s"],
    [["config", "ste"], "did you mean set?"],
    [["config"], "Usage:"],
    [["help", "mve"], "did you mean move?"],
    [["--server", "http://127.0.0.1:1", "lab"], "its name comes first"],
    [["history", "3"], "too many arguments"],
    [["status", "--local", "--server", "http://127.0.0.1:1"], "--server"],
    [["--server", "ftp://x", "status"], "ftp"],
    [["--server", "http://admin:secret@x", "status"], "user name or password"],
    [["--context", "nowhere", "status"], "nowhere"],
  ])("%j", async (argv, words) => {
    const { code, out, err } = await run(argv);
    expect(out).toBe("");
    expect(err).toContain(words);
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  test("but 1 with --detailed-exitcode, where 2 means that there is something to do", async () => {
    expect((await run(["plan", "--detailed-exitcode"])).code).toBe(1);
  });
});

describe("what cannot be done exits 1", () => {
  test("a server that cannot be reached: which address, and how to give another", async () => {
    const { code, err } = await run(["status"], { env: { RACKWAY_SERVER: "http://127.0.0.1:1" } });
    expect(code).toBe(1);
    expect(err).toContain("http://127.0.0.1:1");
    expect(err).toContain("RACKWAY_SERVER");
    expect(err).toContain("--server");
    expect(err).not.toMatch(/^\s+at /m);
  });

  test("as JSON for a program", async () => {
    const { code, out, err } = await run(["get", "hosts", "-o", "json"], { env: { RACKWAY_SERVER: "unix:///nonexistent.sock" } });
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(JSON.parse(out)).toMatchObject({ error: { code: "server-unreachable", issues: [] } });
  });

  test("stacks are shown with RACKWAY_DEBUG=1 only", async () => {
    const { err } = await run(["status"], { env: { RACKWAY_SERVER: "http://127.0.0.1:1", RACKWAY_DEBUG: "1" } });
    expect(err).toMatch(/^\s+at /m);
  });

  test.each([
    ["a file that is not there", ["-f", "nothing.yaml"], "there is no such file"],
    ["a directory without documents", ["-f", "."], "no *.yaml"],
    ["a file that is not text", ["-f", "bytes.yaml"], "not UTF-8"],
    ["a token file that is not there", ["-f", "../a.yaml", "--token-file", "none"], "the token file"],
  ])("%s", async (_, flags, words) => {
    const inner = await mkdtemp(join(folder, "empty-"));
    if (flags.includes("bytes.yaml")) await writeFile(join(inner, "bytes.yaml"), Buffer.from([0xc3, 0x28]));
    const { code, err } = await run(["plan", ...flags], { cwd: inner, env: { RACKWAY_SERVER: "http://127.0.0.1:1" } });
    expect(err).toContain(words);
    expect(code).toBe(1);
  });

  test("ten megabytes of nesting are refused here, at once, with place and code", async () => {
    const { code, err } = await run(["plan", "-f", "-"], {
      input: "[".repeat(10 * 1024 * 1024),
      env: { RACKWAY_SERVER: "http://127.0.0.1:1" },
    });
    expect(err).toMatch(/^<stdin>:1:1: error\[document-too-large\]: /);
    expect(err).toMatch(/1 error, 0 warnings\n$/);
    expect(code).toBe(1);
  });
});

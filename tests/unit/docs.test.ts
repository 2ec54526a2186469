/** Documentation that is held to the code: links lead somewhere, commands exist, examples parse, tests and files that are named are there. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

import { parseAgentConfig } from "@rackway/agent";
import { validate } from "@rackway/planner";
import { parseDocument } from "@rackway/schema";
import { describe, expect, test, vi } from "vitest";

import { scenarios as benchmarks } from "../../bench/registry.ts";
import { scenarios as soaks } from "../soak/registry.ts";
import { type HelpText, wrongCommand } from "./docs/command-table.ts";
import { commandLines, type Page, readMarkdown } from "./docs/read-markdown.ts";

// Two programs are asked for their help, once; on a machine that builds labs they take their time.
vi.setConfig({ testTimeout: 60_000 });
const root = path.resolve(import.meta.dirname, "../..");
const names = [...globSync("*.md", { cwd: root }), ...globSync("docs/**/*.md", { cwd: root })].sort();
const pages = new Map<string, Page>(names.map((name) => [name, readMarkdown(readFileSync(path.join(root, name), "utf8"))]));

const helps = new Map<string, string>();
const helpOf: HelpText = (program) => {
  const known = helps.get(program);
  if (known !== undefined) return known;
  const help = execFileSync(path.join(root, "rackway"), [program, "--help"], { encoding: "utf8" });
  helps.set(program, help);
  return help;
};

const scripts = (JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts;
const labTests = globSync("tests/{lab,harness}/*.lab.test.ts", { cwd: root });

interface Typed {
  readonly words: readonly string[];
  readonly isWhole: boolean;
  readonly line: number;
}

function typed(page: Page, programs: RegExp): Typed[] {
  const blocks = page.fences.filter(({ language }) => language === "sh" || language === "");
  return [
    ...blocks.flatMap(({ text, line, language }) =>
      commandLines(text, programs).map((words) => ({ words, isWhole: language === "sh", line })),
    ),
    ...page.spans.flatMap(({ text, line }) => commandLines(text, programs).map((words) => ({ words, isWhole: false, line }))),
  ];
}

function wrongNpm([, verb, ...rest]: readonly string[]): string | null {
  if (verb === "start" || verb === "install") return null;
  const script = verb === "run" ? rest[0] : verb;
  if (script === undefined || scripts[script] === undefined) return `package.json has no script ${script}`;
  const operands = rest.slice(rest.indexOf("--") + 1).filter((word) => !word.startsWith("-") && !/^[A-Z]/.test(word));
  if (script === "soak" || script === "bench") {
    const known = (script === "soak" ? soaks : benchmarks).map(({ name }) => name);
    const strange = rest.includes("--") ? operands.find((name) => !known.includes(name)) : undefined;
    return strange === undefined ? null : `${script} has no scenario "${strange}"`;
  }
  if (script === "test" && rest.includes("--lab")) {
    const strange = operands.find((word) => !labTests.some((file) => file.includes(word)));
    return strange === undefined ? null : `no lab test's name has "${strange}" in it`;
  }
  return null;
}

describe.each([...pages])("%s", (name, page) => {
  test("has no link that leads nowhere", () => {
    const dead = page.links.filter(({ target }) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [file = "", anchor] = target.split("#");
      const found = file === "" ? name : path.normalize(path.join(path.dirname(name), file));
      if (!existsSync(path.join(root, found))) return true;
      return anchor !== undefined && pages.get(found)?.anchors.has(anchor) !== true;
    });
    expect(dead).toEqual([]);
  });

  test("names only commands that exist, with options that they have", () => {
    const wrong = typed(page, /^(\.\/|\/usr\/lib\/rackway\/)?rackway$/).flatMap(({ words, isWhole, line }) => {
      const reason = wrongCommand(words.slice(1), isWhole, helpOf);
      return reason === null ? [] : [{ line, command: words.join(" "), reason }];
    });
    expect(wrong).toEqual([]);
  });

  test("names only npm scripts, scenarios and lab tests that exist", () => {
    const wrong = typed(page, /^npm$/).flatMap(({ words, line }) => {
      const reason = wrongNpm(words);
      return reason === null ? [] : [{ line, command: words.join(" "), reason }];
    });
    expect(wrong).toEqual([]);
  });

  test("names only files that are there", () => {
    const isPath = /^(apps|bench|docs|examples|packages|scripts|tests)\/[\w./-]+\.[a-z]+$/;
    const absent = page.spans.filter(({ text }) => isPath.test(text) && !/CODE|NAME/.test(text) && !existsSync(path.join(root, text)));
    expect(absent).toEqual([]);
  });

  test("has examples that are right: documents parse and hold every rule, the agent's configuration is one", () => {
    for (const { text, line } of page.fences.filter(({ language }) => language === "yaml")) {
      const file = `${name}:${line}`;
      if (!/^kind: Cluster$/m.test(text)) {
        expect(() => parseAgentConfig(file, text)).not.toThrow();
        continue;
      }
      const parsed = parseDocument([{ name: file, text }]);
      expect(parsed.ok ? [] : parsed.issues).toEqual([]);
      if (parsed.ok) expect(validate(parsed.document).filter(({ severity }) => severity === "error")).toEqual([]);
    }
  });
});

describe("these checks see", () => {
  const wrongIn = (text: string, isWhole = true): (string | null)[] =>
    commandLines(text, /^rackway$/).map((words) => wrongCommand(words.slice(1), isWhole, helpOf));

  test.each([
    ["an unknown command", "rackway drian ctl-a1"],
    ["an unknown command within a command", "rackway lab fail poewr ctl-a1"],
    ["an unknown option", "rackway apply -f a.yaml --confirm-before 2m"],
    ["an argument too few", "rackway drain"],
    ["an argument too many", "rackway drain ctl-a1 ctl-a2"],
    ["one behind a pipe", "cat x | rackway aply -f -"],
    ["an agent's command that is none", "rackway agent purg --yes"],
    ["a server's flag that is none", "rackway server --lisen 127.0.0.1:1"],
  ])("%s", (_, line) => {
    expect(wrongIn(line)).toEqual([expect.any(String)]);
  });

  test.each([
    "rackway drain ctl-a1 --reason 'a b' # why",
    "rackway --server http://x status -o json | jq .",
    "rackway lab exec ctl-a1 -- crm_mon -1",
    "rackway server --listen 127.0.0.1:8080",
    "rackway agent purge --yes",
  ])("nothing wrong in: %s", (line) => {
    expect(wrongIn(line)).toEqual([null]);
  });

  test("in prose, that a command is named without its arguments, or with placeholders", () => {
    expect(wrongIn("rackway drain", false)).toEqual([null]);
    expect(wrongIn("rackway COMMAND --help", false)).toEqual([null]);
  });

  test("a heading's anchor, and a link in code for what it is", () => {
    const page = readMarkdown("# When it does not end\n[a](b.md)\n```\n[c](d.md)\n```\n`[e](f.md)`\n");
    expect([...page.anchors]).toEqual(["when-it-does-not-end"]);
    expect(page.links).toEqual([{ target: "b.md", line: 2 }]);
  });
});

/**
 * Holds the borders of DESIGN.md and docs/architecture.md: every import of every workspace is read and checked (borders/rules.ts), and
 * every rule is shown to be able to fail.
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { readModule } from "./borders/read-module.ts";
import { checkBorders, unplacedWorkspaces } from "./borders/rules.ts";
import type { Repository, Workspace } from "./borders/rules.ts";

const root = path.resolve(import.meta.dirname, "../..");

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(path.join(root, folder, "package.json"), "utf8")) as Manifest;

function readWorkspace(folder: string): Workspace {
  const manifest = readManifest(folder);
  return {
    name: manifest.name,
    folder,
    dependencies: new Set(Object.keys(manifest.dependencies ?? {})),
    devDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
    entries: new Set(Object.keys(manifest.exports ?? {}).map((entry) => manifest.name + entry.slice(1))),
  };
}

function readRepository(): Repository {
  const folders = ["packages/*/*", "apps/*"]
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: root }))
    .map((file) => path.dirname(file));
  const sources = globSync(["packages/*/*/**/*.{ts,tsx}", "apps/*/**/*.{ts,tsx}"], {
    cwd: root,
    exclude: (name) => /^(node_modules|dist)$/.test(path.basename(name)),
  });
  return {
    workspaces: folders.map(readWorkspace),
    rootDevDependencies: new Set(Object.keys(readManifest(".").devDependencies ?? {})),
    modules: sources.map((file) => readModule(file, readFileSync(path.join(root, file), "utf8"))),
  };
}

const repository = readRepository();

describe("the borders between the packages", () => {
  test("hold in every file", () => {
    expect(repository.modules.length).toBeGreaterThan(50);
    expect(checkBorders(repository)).toEqual([]);
  });

  test("are drawn for every package", () => {
    expect(unplacedWorkspaces(repository.workspaces)).toEqual([]);
    const stray: Workspace = {
      name: "a",
      folder: "packages/core/a",
      dependencies: new Set(),
      devDependencies: new Set(),
      entries: new Set(),
    };
    expect(unplacedWorkspaces([stray])).toEqual(["packages/core/a"]);
  });

  const violations: readonly (readonly [string, string, string])[] = [
    ["packages/base/net/src/a.ts", 'import { z } from "@rackway/schema";', "arrows point down: @rackway/net cannot reach @rackway/schema"],
    ["packages/base/errors/src/a.ts", 'export * from "@rackway/net";', "arrows point down"],
    ["packages/core/ipam/src/a.ts", 'import type { P } from "@rackway/planner";', "arrows point down"],
    ["packages/adapters/store/src/a.ts", 'import "../../../../apps/server/src/index.ts";', "leaves packages/adapters/store"],
    ["packages/core/planner/src/a.ts", 'const a = await import("@rackway/store");', "arrows point down"],
    ["packages/core/planner/src/a.ts", 'type A = import("@rackway/linux").A;', "arrows point down"],
    ["packages/core/planner/src/a.ts", "await import(name);", "a computed import"],
    ["packages/core/api-client/src/a.ts", 'import { p } from "@rackway/planner";', "the API client reaches only base"],
    ["apps/agent/src/a.ts", 'import { s } from "@rackway/store";', "the agent never imports the store"],
    ["apps/cli/src/a.ts", 'import { s } from "@rackway/planner";', "the command line reaches only base and api-client"],
    ["apps/cli/src/a.ts", 'import { s } from "@rackway/server";', "the command line reaches only base and api-client"],
    ["apps/server/src/a.ts", 'import { s } from "@rackway/agent";', "arrows point down"],
    ["packages/base/net/src/a.ts", 'import { isIP } from "node:net";', "base and core do no I/O: node:net"],
    ["packages/core/ipam/src/a.ts", 'import * as fs from "node:fs";', "base and core do no I/O: node:fs"],
    ["packages/core/ipam/src/a.ts", 'import { createHash, randomBytes } from "node:crypto";', "base and core do no I/O: node:crypto"],
    ["packages/core/planner/src/a.ts", "const a = Date.now();", "handed time, ids and randomness: Date.now"],
    ["packages/core/planner/src/a.ts", "const a = new Date();", "new Date()"],
    ["packages/core/planner/src/a.ts", "const a = Math.random();", "Math.random"],
    ["packages/base/schema/src/a.ts", "const a = process.env.A;", "process"],
    ["packages/base/schema/src/a.ts", "setTimeout(() => {}, 1);", "setTimeout"],
    ["packages/base/schema/src/a.ts", "const a = { time: performance };", "performance"],
    ["packages/base/schema/src/a.ts", "const a = globalThis.crypto;", "globalThis.crypto"],
    ["packages/base/net/src/a.ts", 'import { z } from "zod";', "zod is not declared in packages/base/net/package.json"],
    ["packages/base/net/src/a.ts", 'import fc from "fast-check";', "fast-check is not declared"],
    ["packages/base/net/src/a.ts", 'import * as fs from "fs";', "fs is not declared"],
    ["packages/base/schema/src/a.ts", 'import { a } from "@rackway/net/src/address.ts";', "is not exported"],
    ["packages/base/net/src/a.ts", 'import { a } from "@rackway/net";', "is this workspace itself"],
    ["packages/base/net/src/a.ts", 'import { a } from "./address";', "has no extension"],
    ["packages/base/net/src/a.ts", "export default 1;", "no default exports"],
    ["packages/base/net/src/a.ts", "const a = 1;\nexport { a as default };", "2: no default exports"],
    ["apps/lab/src/a.ts", "export default class A {}", "no default exports"],
    ["apps/nowhere/src/a.ts", "", "belongs to no workspace"],
  ];

  test.each(violations)("stop, in %s: %s", (file, text, reason) => {
    const faults = checkBorders({ ...repository, modules: [readModule(file, text)] });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(reason);
  });

  test.each([
    ["packages/base/net/src/a.ts", "const process = 1; const b = { performance: process, fetch: 2 }; void b.performance;"],
    ["packages/base/net/src/a.ts", "const a = new Date(0); void a;"],
    ["packages/base/net/src/a.test.ts", 'import { isIP } from "node:net"; import fc from "fast-check"; setTimeout(() => {}, 1);'],
    ["packages/core/ipam/src/a.ts", 'import { createHash } from "node:crypto"; import type { Issue } from "@rackway/errors";'],
    ["packages/core/api-client/src/a.ts", 'import { request } from "node:http"; setTimeout(() => {}, 1);'],
  ])("let pass, in %s: %s", (file, text) => {
    expect(checkBorders({ ...repository, modules: [readModule(file, text)] })).toEqual([]);
  });
});

import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { rolldown } from "rolldown";

import { buildWeb } from "./build-web.ts";

/**
 * Builds what a host gets, into dist/host: the agent, the checker and the command line as one file each, their own Node.js, the resource agents, the
 * guard. No work when nothing that goes into it has changed. A lab mounts the folder at /usr/lib/rackway; a package installs it there.
 * Then the web UI, into dist/web (build-web.ts).
 */
const root = dirname(import.meta.dirname);

const { values } = parseArgs({
  options: {
    force: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false },
    /** Another folder than dist/host: for a test that wants a payload of its own. */
    out: { type: "string", default: join(root, "dist/host") },
  },
});
const target = resolve(values.out);
const stampFile = join(target, ".inputs");
const startedAt = performance.now();
const say = (text: string): void => {
  if (!values.quiet) process.stderr.write(`${text}\n`);
};

async function build(): Promise<void> {
  mkdirSync(target, { recursive: true });
  rmSync(stampFile, { force: true });
  const version = readVersion();
  for (const app of ["agent", "cli", "health"] as const) await bundleApp(app, version);
  copyRuntime();
  copyScripts();
  replaceFile(join(target, "rackway"), wrapper, 0o755);
  replaceFile(join(target, "VERSION"), `${version}\n`, 0o644);
  const strangers = readdirSync(target).filter((name) => !parts.includes(name) && !name.endsWith(".new"));
  for (const name of strangers) rmSync(join(target, name), { recursive: true });
  replaceFile(stampFile, inputs, 0o644);
}

/** One file, so that a host needs no node_modules. */
async function bundleApp(app: "agent" | "cli" | "health", version: string): Promise<void> {
  const bundle = await rolldown({
    input: join(root, "apps", app, "src/main.ts"),
    platform: "node",
    // No module of ours or of the dependencies does anything by being imported; what is not used costs memory on every host.
    treeshake: { moduleSideEffects: false },
    transform: { define: { RACKWAY_VERSION: JSON.stringify(version) } },
  });
  const { output } = await bundle.generate({
    format: "esm",
    codeSplitting: false,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
  });
  await bundle.close();
  const [chunk] = output;
  if (output.length !== 1 || chunk === undefined) throw new Error(`apps/${app} became ${output.length} files instead of one`);
  replaceFile(join(target, `rackway-${app}.mjs`), chunk.code, 0o644);
}

/** The pinned Node.js: linked, it costs no disk; copied, where dist is on another file system. */
function copyRuntime(): void {
  const source = process.execPath;
  const place = join(target, "node");
  if (existsSync(place) && statSync(place).ino === statSync(source).ino) return;
  const temporary = `${place}.${process.pid}.new`;
  try {
    linkSync(source, temporary);
  } catch {
    copyFileSync(source, temporary);
    chmodSync(temporary, 0o755);
  }
  renameSync(temporary, place);
}

/** Resource agents with the files beside them that they read, and the guard with what it starts. Mode 755: Pacemaker runs nothing else. */
function copyScripts(): void {
  const source = join(root, "packages/adapters/pacemaker");
  mkdirSync(join(target, "ocf"), { recursive: true });
  const names = readdirSync(join(source, "ocf"));
  for (const name of names) replaceFile(join(target, "ocf", name), readFileSync(join(source, "ocf", name)), 0o755);
  const strangers = readdirSync(join(target, "ocf")).filter((name) => !names.includes(name) && !name.endsWith(".new"));
  for (const name of strangers) rmSync(join(target, "ocf", name));
  for (const program of ["rackway-guard", "rackway-hasten", "fence_rackway"])
    replaceFile(join(target, program), readFileSync(join(source, program)), 0o755);
}

/** All there is in dist/host; what an older build left beside is removed. */
const parts: readonly string[] = [
  "VERSION",
  "fence_rackway",
  "node",
  "ocf",
  "rackway",
  "rackway-agent.mjs",
  "rackway-cli.mjs",
  "rackway-guard",
  "rackway-hasten",
  "rackway-health.mjs",
];

/** Small heaps: an agent lives beside what the machine is for. */
const wrapper = `#!/bin/sh
# rackway on a host: the agent's commands and the command line, with the runtime that came along.
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd -P)
[ "\${1-}" = agent ] || exec "$here/node" "$here/rackway-cli.mjs" "$@"
shift
# Measured on a controller: 67 MB resident with these, 90 MB without, for a sixth more of very little CPU.
export MALLOC_ARENA_MAX=1
exec "$here/node" --lite-mode --max-semi-space-size=1 --max-old-space-size=64 "$here/rackway-agent.mjs" "$@"
`;

/** A mounted or running file is replaced by name: who has the old one open keeps it whole. */
function replaceFile(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = `${path}.${process.pid}.new`; // Two builds at once do not get in each other's way.
  writeFileSync(temporary, content, { mode });
  chmodSync(temporary, mode);
  renameSync(temporary, path);
}

function readVersion(): string {
  return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }).version;
}

/** Digest of everything that goes in: sources, lock file (so the dependencies), this script, the runtime. */
function digestInputs(): string {
  const hash = createHash("sha256");
  const files = [
    "package.json",
    "package-lock.json",
    "scripts/build.ts",
    ...["packages", "apps/agent", "apps/cli", "apps/health"].flatMap(listFiles),
  ];
  for (const file of files.toSorted()) hash.update(`${file}\0${readFileSync(join(root, file), "utf8")}\0`);
  hash.update(process.version);
  return hash.digest("hex");
}

function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules") && !/\.(test|conformance)\.ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const inputs = digestInputs();
if (!values.force && existsSync(stampFile) && readFileSync(stampFile, "utf8") === inputs) {
  say("build: dist/host is up to date");
} else {
  await build();
  say(`build: dist/host made in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
if (target === join(root, "dist/host")) await buildWeb(say);

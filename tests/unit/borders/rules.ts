import type { ModuleImport, SourceModule } from "./read-module.ts";

/** A workspace, as its package.json tells. */
export interface Workspace {
  readonly name: string;
  /** `packages/base/net`, from the root of the repository. */
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
  /** Names under which it can be imported: `@rackway/net`, and what else `exports` has. */
  readonly entries: ReadonlySet<string>;
}

export interface Repository {
  readonly workspaces: readonly Workspace[];
  /** Development dependencies of the root: for tests everywhere. */
  readonly rootDevDependencies: ReadonlySet<string>;
  readonly modules: readonly SourceModule[];
}

/** Layers from below, and within each the packages from below: a package may reach what comes before it (docs/architecture.md). */
const layers: Readonly<Record<string, readonly string[]>> = {
  "packages/base": ["errors", "net", "schema"],
  "packages/core": ["ipam", "planner", "api-client"],
  "packages/adapters": ["linux", "routing", "services", "pacemaker", "store"],
  apps: [],
};
const layerOrder = Object.keys(layers);

/** Where a package may reach less than its layer does. */
const exceptions: readonly { readonly from: string; readonly forbids: (to: Workspace) => boolean; readonly reason: string }[] = [
  { from: "apps/cli", forbids: (to) => !isBaseOrClient(to), reason: "the command line reaches only base and api-client" },
  { from: "apps/web", forbids: (to) => !isBaseOrClient(to), reason: "the web UI reaches only base and api-client" },
  { from: "apps/agent", forbids: ({ name }) => name === "@rackway/store", reason: "the agent never imports the store" },
  { from: "packages/core/api-client", forbids: ({ folder }) => !isIn(folder, "packages/base"), reason: "the API client reaches only base" },
];

/** Files that tests are made of: they may use the root's development dependencies, and the world. */
export function isTestFile(path: string): boolean {
  return /\.(test|conformance)\.tsx?$|\/(testing|test|tests)\//.test(path);
}

/** Packages that no layer names: whoever adds one says in `layers` what it stands on. */
export function unplacedWorkspaces(workspaces: readonly Workspace[]): string[] {
  const placed = Object.entries(layers).flatMap(([layer, names]) => names.map((name) => `${layer}/${name}`));
  return workspaces.map(({ folder }) => folder).filter((folder) => !isIn(folder, "apps") && !placed.includes(folder));
}

/** Everything that crosses a border, one sentence each, with file and line. */
export function checkBorders(repository: Repository): string[] {
  return repository.modules.flatMap((module) => {
    const home = repository.workspaces.find(({ folder }) => isIn(module.path, folder));
    if (home === undefined) return [`${module.path}: belongs to no workspace`];
    return [
      ...module.imports.flatMap((found) => {
        const fault = importFault(found, module.path, home, repository);
        return fault === null ? [] : [`${module.path}:${found.line}: ${fault}`];
      }),
      ...purityFaults(module, home),
      ...defaultExportFaults(module),
    ];
  });
}

function importFault(found: ModuleImport, path: string, home: Workspace, repository: Repository): string | null {
  const { specifier } = found;
  if (specifier === null) return "a computed import cannot be held to any border";
  if (specifier.startsWith(".")) return relativeFault(specifier, path, home);
  if (specifier.startsWith("node:")) return isPure(home) && !isTestFile(path) ? builtinFault(found) : null;
  const target = packageOf(specifier);
  const declared = new Set([
    ...home.dependencies,
    ...(isTestFile(path) ? [...home.devDependencies, ...repository.rootDevDependencies] : []),
  ]);
  const workspace = repository.workspaces.find(({ name }) => name === target);
  const fault = workspace === undefined ? null : workspaceFault(specifier, home, workspace);
  if (fault !== null) return fault;
  return declared.has(target) ? null : `${target} is not declared in ${home.folder}/package.json`;
}

function relativeFault(specifier: string, path: string, home: Workspace): string | null {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  if (!isIn(target, home.folder)) return `${specifier} leaves ${home.folder}: import the workspace by its name`;
  return /\.(tsx?|json|css)$/.test(specifier) ? null : `${specifier} has no extension: Node runs the sources as they are`;
}

function builtinFault(found: ModuleImport): string | null {
  const isHashing =
    found.specifier === "node:crypto" && found.names.length > 0 && found.names.every((name) => /^(createHash|hash|Hash)$/.test(name));
  return isHashing ? null : `base and core do no I/O: ${found.specifier}`;
}

function workspaceFault(specifier: string, home: Workspace, target: Workspace): string | null {
  if (target.name === home.name) return `${specifier} is this workspace itself: import the file`;
  if (!target.entries.has(specifier)) return `${specifier} is not exported: ${target.name} has ${[...target.entries].join(", ")}`;
  const exception = exceptions.find(({ from, forbids }) => from === home.folder && forbids(target));
  if (exception !== undefined) return `${exception.reason}, not ${target.name}`;
  return rankOf(target) < rankOf(home) ? null : `arrows point down: ${home.name} cannot reach ${target.name}`;
}

/** Position from below; apps share one, because none reaches another. */
function rankOf({ folder }: Workspace): number {
  const layer = layerOrder.findIndex((path) => isIn(folder, path));
  const order = layers[layerOrder[layer] ?? ""] ?? [];
  const index = order.indexOf(folder.slice(folder.lastIndexOf("/") + 1));
  // A package that nobody has placed comes last in its layer.
  return layer * 1000 + (index < 0 ? order.length : index);
}

function purityFaults(module: SourceModule, home: Workspace): string[] {
  if (!isPure(home) || isTestFile(module.path)) return [];
  return module.impurities.map(({ name, line }) => `${module.path}:${line}: base and core are handed time, ids and randomness: ${name}`);
}

function defaultExportFaults(module: SourceModule): string[] {
  if (/\.config\.ts$/.test(module.path)) return [];
  return module.defaultExports.map(({ line }) => `${module.path}:${line}: no default exports`);
}

function isPure({ folder }: Workspace): boolean {
  return isIn(folder, "packages/base") || (isIn(folder, "packages/core") && folder !== "packages/core/api-client");
}

function isBaseOrClient({ folder }: Workspace): boolean {
  return isIn(folder, "packages/base") || folder === "packages/core/api-client";
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** `@scope/name/sub` is of the package `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

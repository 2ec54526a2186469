import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");

/** Makes dist/host, which a lab mounts into every host; no work when it is up to date. */
export function buildPayload(): Promise<void> {
  return runNode(["scripts/build.ts"]);
}

/** Runs a TypeScript file or a tool of node_modules with the pinned Node. @throws when it ends with another code than 0 */
export function runNode(argv: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(join(root, "rackway-node"), argv, { cwd: root, stdio: "inherit" });
    child.once("error", fail);
    child.once("exit", (code, signal) => {
      if (code === 0) done();
      else fail(new Error(`${argv[0] ?? ""} ended with ${signal ?? code}`));
    });
  });
}

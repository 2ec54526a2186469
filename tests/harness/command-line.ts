import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Stand } from "./stand.ts";

const checkout = resolve(import.meta.dirname, "../..");

/** What came of one command line; `code` -1: a signal ended it. */
export interface CommandAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `./rackway` as the administrator of a stand's server runs it, a process of its own, in a folder (default: the checkout). For 90 s at most. */
export function runRackway({ controlPlane }: Stand, argv: readonly string[], cwd = checkout): Promise<CommandAnswer> {
  const token = readFileSync(controlPlane.adminTokenFile, "utf8").trim();
  const env = { ...process.env, RACKWAY_SERVER: `unix://${controlPlane.socket}`, RACKWAY_TOKEN: token };
  return new Promise((done) => {
    execFile(join(checkout, "rackway"), argv, { cwd, env, timeout: 90_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
  });
}

import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";

import type { Answer } from "./ask.ts";
import { within } from "./within.ts";

/** Only what an administrator of the host has put here is ever run. */
export const commandFolder = "/etc/rackway/checks";

const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
const longestSaid = 4_096;
const lastWordsMs = 50;
const othersMayWrite = 0o022;

/** Runs the program with the address as its only argument. Exit code 0: well. It is killed after `timeoutMs`, and its children with it. */
export function runNamed(folder: string, name: string, address: string, timeoutMs: number): Promise<Answer> {
  const path = join(folder, name);
  const objection = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) ? (objectionTo(folder) ?? objectionTo(path)) : "not a name of a command";
  if (objection !== null) return Promise.reject(new Error(objection));
  return within(timeoutMs, (resolve, reject) => {
    // A group of its own: whatever it has started goes with it.
    const child = spawn(path, [address], { cwd: "/", env: environment, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream].setEncoding("utf8").on("data", (text: string) => (said[stream] = (said[stream] + text).slice(-longestSaid)));
    child.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "EACCES" ? new Error(`${path} cannot be executed`) : error));
    const tell = (code: number | null, signal: string | null): void =>
      resolve(answerOf(code, signal, lastLine(said.stderr) || lastLine(said.stdout)));
    child.on("close", tell);
    // What it leaves behind may hold the pipes for ever; its own last words are there in a moment.
    child.on("exit", (code, signal) => setTimeout(tell, lastWordsMs, code, signal));
    return () => {
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
    };
  });
}

/** A program that somebody else than root (or than who runs the checker) could change is not the administrator's. */
function objectionTo(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return `there is no ${path} on this host`;
  if (stat.uid !== 0 && stat.uid !== process.getuid?.()) return `${path} does not belong to root`;
  return (stat.mode & othersMayWrite) === 0 ? null : `${path} can be written by others than root`;
}

function answerOf(code: number | null, signal: string | null, said: string): Answer {
  const how = code === null ? `killed by ${signal}` : `exit ${code}`;
  return { isWell: code === 0, reason: said === "" ? how : `${how}: ${said}` };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 120) ?? "";
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nobody is left of it.
  }
}

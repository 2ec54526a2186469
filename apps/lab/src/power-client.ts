import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "./lab-error.ts";
import type { LabFiles } from "./lab-files.ts";
import { isAlive, readProcessId, writeProcessId } from "./processes.ts";

/** Starts the lab's power daemon, unless one is running, and returns when it answers. It outlives this process. */
export async function startPowerDaemon(files: LabFiles): Promise<void> {
  if (isPowerDaemonAlive(files)) return;
  const log = openSync(files.path("labd.log"), "a");
  const argv = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "labd.ts"), files.name];
  const daemon = spawn(process.execPath, argv, { detached: true, stdio: ["ignore", log, log], cwd: "/" });
  closeSync(log);
  writeProcessId(files.path("labd"), daemon.pid);
  let hasEnded = false;
  daemon.on("exit", () => (hasEnded = true));
  daemon.unref();
  const deadline = performance.now() + 30_000;
  while (!(await answers(files))) {
    if (hasEnded || performance.now() > deadline) {
      throw new LabError("boot-failed", "the lab's power daemon does not answer", `its log is ${files.path("labd.log")}`);
    }
    await sleep(20);
  }
}

export function isPowerDaemonAlive(files: LabFiles): boolean {
  const id = readProcessId(files.path("labd"));
  return id !== undefined && isAlive(id);
}

async function answers(files: LabFiles): Promise<boolean> {
  if (!existsSync(files.path("power", "power.sock"))) return false;
  try {
    return (await askPower(files.path("power", "power.sock"), "list")).startsWith("ok");
  } catch {
    return false;
  }
}

/**
 * One request to the power switch, one line of answer: `off HOST`, `on HOST`, `reboot HOST`, `status HOST`, `list`. Answers are
 * `ok …` or `error …`.
 */
export function askPower(socketPath: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    let answer = "";
    socket.on("connect", () => socket.write(`${request}\n`));
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.on("end", () => resolve(answer.trim()));
    socket.on("error", reject);
  });
}

import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { powerOff, powerOn, initOf } from "./host-power.ts";
import { LabFiles, requireHost } from "./lab-files.ts";

/**
 * The lab's power switch: a resident process beside the hosts that fences them from outside, over a Unix socket that every host has at
 * /run/rackway-lab/power.sock. One line a request, one line an answer (power-client.ts). It holds no state of its own: power is on disk,
 * under the host's lock, and `rackway lab fail power` is the same code.
 */
const [name = ""] = process.argv.slice(2);
const files = new LabFiles(name);
const record = files.readRecord();

async function answer(line: string): Promise<string> {
  const [action = "", host = ""] = line.trim().split(/\s+/);
  if (action === "list") return `ok ${record.plan.hosts.map((candidate) => candidate.name).join(" ")}`;
  requireHost(record.plan, host);
  switch (action) {
    case "status":
      return `ok ${initOf(files, host) ? "on" : "off"}`;
    case "off":
      await powerOff(files, record, host);
      return "ok off";
    case "on":
      await powerOn(files, record, host);
      return "ok on";
    case "reboot":
      await powerOff(files, record, host);
      await powerOn(files, record, host);
      return "ok on";
    default:
      return `error unknown action ${action}: off, on, reboot, status, list`;
  }
}

const server = createServer({ allowHalfOpen: true }, (socket) => {
  let text = "";
  let isAnswered = false;
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    const end = text.indexOf("\n");
    if (end < 0 || isAnswered) return;
    isAnswered = true;
    const line = text.slice(0, end);
    const started = performance.now();
    answer(line)
      .catch((error: unknown) => `error ${error instanceof Error ? error.message : String(error)}`)
      .then((reply) => {
        console.log(`${new Date().toISOString()} ${line}: ${reply} (${Math.round(performance.now() - started)} ms)`);
        socket.end(`${reply.replaceAll("\n", " ")}\n`);
      })
      .catch(() => socket.destroy());
  });
});

const socketPath = files.path("power", "power.sock");
rmSync(socketPath, { force: true });
server.listen(socketPath);

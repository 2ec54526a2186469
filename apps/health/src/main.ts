import { statSync } from "node:fs";
import { parseArgs } from "node:util";

import { runCommand } from "@rackway/linux";

import { Checker } from "./checker.ts";

/**
 * rackway-health: the checker of one service namespace, started in it by ocf:rackway:health.
 * SIGTERM: withdraws everything, then ends. SIGUSR1: ends, and leaves everything announced for the next one.
 */
const { values } = parseArgs({
  options: {
    "state-dir": { type: "string" },
    netns: { type: "string" },
    namespace: { type: "string" },
    instances: { type: "string" },
    "run-folder": { type: "string", default: "/run/rackway" },
    "host-netns": { type: "string", default: "/proc/1/ns/net" },
  },
});

const { "state-dir": stateDir, netns, namespace, instances, "run-folder": runFolder, "host-netns": hostNetns } = values;
if (stateDir === undefined || netns === undefined || namespace === undefined || instances === undefined) {
  process.stderr.write(
    "usage: rackway-health --state-dir DIR --netns NAME --namespace NAME --instances 'ID …' [--run-folder DIR] [--host-netns PATH]\n",
  );
  process.exit(2);
}

// What it complains of goes to a file in memory: that there is no room for it is no reason to end.
process.stderr.on("error", () => undefined);

const end = new AbortController();
let withdraws = false;
process.on("SIGTERM", () => {
  withdraws = true;
  end.abort();
});
process.on("SIGUSR1", () => end.abort());

const checker = new Checker({
  stateDir,
  runFolder,
  hostNetns,
  namespace,
  instances: instances.split(" ").filter((id) => id !== ""),
  run: runCommand,
  now: () => performance.now(),
});

// A container that was started anew has another namespace under the same name: this process is in the old one, and asks nobody there.
const own = statSync("/proc/self/ns/net").ino;
const watch = setInterval(() => {
  const named = statSync(`/run/netns/${netns}`, { throwIfNoEntry: false })?.ino;
  if (named === undefined || named === own) return;
  process.stderr.write(`${new Date().toISOString()} ${netns} is another namespace now: to be started in it\n`);
  end.abort();
}, 1_000);

await checker.work(end.signal);
clearInterval(watch);
if (withdraws) await checker.withdrawAll();
process.exit(0);

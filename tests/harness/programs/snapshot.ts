import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { emit, endWithin, finish, readParams } from "./control.ts";
import { listFiles, type FileRules } from "./snapshot-files.ts";
import { listNetwork } from "./snapshot-network.ts";
import { listProcesses } from "./snapshot-processes.ts";

/** `namespaces`: the network namespaces to look into beside the host's own; null: all that /run/netns names. */
export type SnapshotParams = { files: FileRules; namespaces: string[] | null; maxMs: number };

/**
 * Everything of a host that a change could leave behind, as one flat list of facts: a key that says what it is, and a canonical value
 * without what changes by itself (counters, timers, handles, PIDs, neighbours).
 */
export type Snapshot = Record<string, string>;

const params = readParams<SnapshotParams>();
endWithin(params.maxMs, () => process.exit(3));

function listCib(): Snapshot {
  if (!existsSync("/usr/sbin/cibadmin")) return {};
  const { status, stdout } = spawnSync("cibadmin", ["--query"], { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? parseCib(stdout) : { "cib: absent": "" };
}

/** Elements of the configuration by their path of names and ids; the status section and the counters of the root change by themselves. */
function parseCib(xml: string): Snapshot {
  const facts: Snapshot = {};
  const path: string[] = [];
  for (const [, isEnd, name, attributes, isEmpty] of xml.matchAll(/<(\/?)([a-z_-]+)((?:\s+[\w:.-]+="[^"]*")*)\s*(\/?)>/gi)) {
    if (isEnd === "/") {
      path.pop();
      continue;
    }
    const id = /\sid="([^"]*)"/.exec(attributes!)?.[1];
    path.push(id === undefined ? name! : `${name}#${id}`);
    const isVolatile = path.includes("status") || name === "cib" || /name="(last-lrm-refresh|dc-version|have-watchdog)"/.test(attributes!);
    if (!isVolatile)
      facts[`cib: ${path.join("/")}`] = attributes!
        .trim()
        .split(/\s+(?=[\w:.-]+=")/)
        .toSorted()
        .join(" ");
    if (isEmpty === "/") path.pop();
  }
  return facts;
}

const namespaces = params.namespaces ?? (existsSync("/run/netns") ? readdirSync("/run/netns").toSorted() : []);
const snapshot: Snapshot = {
  ...Object.fromEntries(namespaces.map((name) => [`namespace: ${name}`, "present"])),
  ...listNetwork(null),
  ...Object.fromEntries(namespaces.flatMap((name) => Object.entries(listNetwork(name)))),
  ...listFiles(params.files),
  ...listProcesses(),
  ...listCib(),
};
emit({ event: "ready" });
finish(Object.fromEntries(Object.entries(snapshot).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { examineHost } from "../doctor/host-doctor.ts";
import type { Io } from "../io.ts";
import { agentSocket, fetchLocalStatus } from "../local-status.ts";
import type { Part } from "./parts.ts";
import { jsonPart } from "./parts.ts";

/** How a host is looked at; tests have their own. */
export interface HostEyes {
  /** An agent is, or was, on this machine. */
  readonly isHost: () => boolean;
  /** All that the program says, or why it could not be started. */
  readonly run: (argv: readonly string[]) => Promise<string>;
  /** Throws where there is no such file, or it may not be read. */
  readonly read: (file: string) => Promise<string>;
}

const configFile = "/etc/rackway/agent.yaml";
/** The host state that the agent works from: it names key files, too, when no server tells of the document. */
const stateFile = "/var/lib/rackway/agent/state.json";
const outputLimitBytes = 8 * 1024 * 1024;
const commandMs = 15_000;

export function ownEyes(io: Io): HostEyes {
  return {
    isHost: () => existsSync(configFile) || existsSync(io.env.RACKWAY_AGENT_SOCKET || agentSocket),
    run: ([command = "", ...argv]) =>
      new Promise((resolve) => {
        const options = { timeout: commandMs, maxBuffer: outputLimitBytes, killSignal: "SIGKILL", encoding: "utf8" } as const;
        execFile(command, argv, options, (error, stdout, stderr) => {
          resolve(`${stdout}${stderr}${error === null ? "" : `(${error.message.split("\n")[0]})\n`}`);
        });
      }),
    read: (file) => readFile(file, "utf8"),
  };
}

const packages = [
  "corosync",
  "pacemaker",
  "frr",
  "conntrackd",
  "nftables",
  "unbound",
  "chrony",
  "haproxy",
  "openvswitch-switch",
  "linux-image-*",
];

/**
 * By file of the bundle. None of these prints a secret: FRR is asked for its neighbours, never for its configuration, which holds the keys, and
 * Pacemaker for what runs, never for its CIB, which holds the fence agents' options.
 */
const commands: Readonly<Record<string, readonly (readonly string[])[]>> = {
  system: [["uname", "-a"], ["uptime"], ["df", "-h"], ["free", "-m"], ["cat", "/etc/os-release"]],
  packages: [["dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Abbrev}\\n", ...packages]],
  links: [
    ["ip", "-d", "link", "show"],
    ["ip", "-br", "address", "show"],
    ["ip", "netns", "list"],
    ["bridge", "link", "show"],
  ],
  routes: [
    ["ip", "-4", "rule", "show"],
    ["ip", "-6", "rule", "show"],
    ["ip", "-4", "route", "show", "table", "all"],
    ["ip", "-6", "route", "show", "table", "all"],
  ],
  rules: [["nft", "list", "ruleset"]],
  corosync: [
    ["corosync-quorumtool", "-s"],
    ["corosync-cfgtool", "-s"],
  ],
  pacemaker: [["crm_mon", "-1rfA"]],
  routing: [
    ["vtysh", "-c", "show version"],
    ["vtysh", "-c", "show ip ospf neighbor"],
    ["vtysh", "-c", "show ipv6 ospf6 neighbor"],
    ["vtysh", "-c", "show bgp summary"],
    ["vtysh", "-c", "show bfd peers brief"],
  ],
  time: [
    ["chronyc", "-n", "tracking"],
    ["chronyc", "-n", "sources"],
  ],
};

const logs = ["/run/rackway/guard.log", "/run/rackway/fencing.log"];

/** What this machine, a host of Rackway's, looks like; also with server and agent dead. */
export function hostParts(io: Io, eyes: HostEyes): Part[] {
  const ran = async (argv: readonly string[]): Promise<string> => `# ${argv.join(" ")}\n${await eyes.run(argv)}\n`;
  return [
    jsonPart("host/status", () => fetchLocalStatus(io)),
    jsonPart("host/doctor", () => examineHost(io, () => undefined)),
    ...Object.entries(commands).map(([name, list]): Part => ({
      path: `host/${name}.txt`,
      read: async () => (await Promise.all(list.map(ran))).join("\n"),
    })),
    ...logs.map((file): Part => ({ path: `host/${file.slice(file.lastIndexOf("/") + 1)}`, read: () => eyes.read(file) })),
  ];
}

/** Shorter ones are words that stand elsewhere, too. */
const leastLength = 4;

/** Secrets that lie on this machine: the agent's token, and the keys of routing protocols that documents name (`keyFile`). */
export async function secretsHere(eyes: HostEyes, documents: readonly string[]): Promise<string[]> {
  const text = (file: string): Promise<string> => eyes.read(file).catch(() => "");
  const tokenFile = /^\s*tokenFile:\s*["']?([^\s"'#]+)/m.exec(await text(configFile))?.[1];
  const named = [...documents, await text(stateFile)];
  const keyFiles = named.flatMap((each) => [...each.matchAll(/\bkeyFile"?: *["']?([^\s"',}]+)/g)].map(([, file = ""]) => file));
  const files = new Set(["/etc/rackway/token", ...(tokenFile === undefined ? [] : [tokenFile]), ...keyFiles]);
  const secrets = await Promise.all([...files].map(async (file) => (await text(file)).split("\n").map((line) => line.trim())));
  return secrets.flat().filter((line) => line.length >= leastLength && !/^(#|-----)/.test(line));
}

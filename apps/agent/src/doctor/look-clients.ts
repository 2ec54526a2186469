import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { clientPaths, resolverKind } from "@rackway/linux";
import type { CommandRunner } from "@rackway/linux";
import type { HostState } from "@rackway/schema";

import { ClientNode } from "../client-node.ts";
import { createOriginalsFile } from "../originals-file.ts";
import type { AgentPaths } from "../paths.ts";
import type { ClientLookSight } from "./host-sight.ts";

/** Resolver and time source beside the host state, and who else would change them. */
export async function lookAtClients({ originals }: AgentPaths, run: CommandRunner, state: HostState): Promise<ClientLookSight> {
  const { observation, pending, problems } = await new ClientNode(run, createOriginalsFile(originals)).look(state);
  const isOurFile = state.resolver !== null && observation !== null && resolverKind(observation.resolver) === "resolv.conf";
  const [writers, isImmutable] = isOurFile ? await Promise.all([findWriters(), isFileImmutable(run)]) : [[], false];
  return { pending, problems, writers, isImmutable };
}

/** Programs that write /etc/resolv.conf whenever a lease or a connection changes (the kernel's names of processes, 15 characters at most). */
const writers: ReadonlySet<string> = new Set(["NetworkManager", "dhclient", "dhcpcd", "connmand", "netconfig"]);

async function findWriters(): Promise<string[]> {
  const names = await Promise.all(
    (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map((pid) => readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")),
  );
  const running = [...new Set(names.map((name) => name.trim()))].filter((name) => writers.has(name));
  if (!running.includes("NetworkManager") || !(await leavesResolvConf())) return running.toSorted();
  return running.filter((name) => name !== "NetworkManager").toSorted();
}

/** NetworkManager.conf(5): `dns=none`, or a `rc-manager` that writes nothing. */
async function leavesResolvConf(): Promise<boolean> {
  const folder = "/etc/NetworkManager/conf.d";
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".conf"));
  const files = ["/etc/NetworkManager/NetworkManager.conf", ...names.map((name) => join(folder, name))];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  return texts.some((text) => /^\s*(dns\s*=\s*none|rc-manager\s*=\s*unmanaged)\s*$/m.test(text));
}

/** The `i` of lsattr(1); a file system without such flags has none set. */
async function isFileImmutable(run: CommandRunner): Promise<boolean> {
  const { code, stdout } = await run(["lsattr", "-d", clientPaths.resolvConf], { timeoutMs: 2_000 });
  return code === 0 && /^[a-zA-Z-]*i/.test(stdout);
}

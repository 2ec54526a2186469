import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun, runCommand } from "./command.ts";
import { renderPortLinks } from "./boot-files.ts";
import { isLinkDown } from "./faults.ts";
import type { LabFiles } from "./lab-files.ts";
import type { LabPlan } from "./plan.ts";
import { portsOf } from "./plan.ts";
import type { Cable, Port } from "./ports.ts";

/**
 * Network namespaces and the veth pairs between them (ip-netns(8), veth(4)). A pair is created with both its ends where they belong: the
 * machine's own network namespace never sees it.
 */

export const netnsDirectory = "/run/netns";

/** One `ip -batch`, in the machine's namespace or in a named one. */
export async function ipBatch(lines: readonly string[], netns?: string): Promise<void> {
  if (lines.length === 0) return;
  await mustRun(["ip", ...(netns === undefined ? [] : ["-n", netns]), "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** Makes all the lab's namespaces and cables. Everything is still down. */
export async function createWiring(files: LabFiles, plan: LabPlan): Promise<void> {
  await ipBatch(plan.hosts.map((host) => `netns add ${files.netns(host.name)}`));
  await ipBatch(plan.cables.map((cable) => cableLine(files, cable)));
}

function cableLine(files: LabFiles, { near, far }: Cable): string {
  const end = (port: Port): string => `name ${port.name} netns ${files.netns(port.host)} address ${port.mac} mtu ${port.mtu}`;
  return `link add ${end(near)} type veth peer ${end(far)}`;
}

/**
 * Gives a host that is off a namespace as new as a booting machine's, with the same cables in it: addresses, bridges, rules and
 * connection states of its former life are gone, while the switch's ends of its cables stay what they were. A cable that went
 * (with a namespace that the host had moved its end into) is made again.
 */
export async function renewNetns(files: LabFiles, plan: LabPlan, host: string): Promise<void> {
  const name = files.netns(host);
  const fresh = `${name}--new`;
  const ports = portsOf(plan, host);
  const present = await linkNames(name);
  await mustRun(["ip", "netns", "add", fresh]);
  await ipBatch(
    ports.filter((port) => present.has(port.name)).map((port) => `link set dev ${port.name} netns ${fresh}`),
    name,
  );
  // Rename it: the old namespace ends with its last name.
  await mustRun(["umount", join(netnsDirectory, name)]);
  await mustRun(["mount", "--bind", join(netnsDirectory, fresh), join(netnsDirectory, name)]);
  await mustRun(["umount", join(netnsDirectory, fresh)]);
  rmSync(join(netnsDirectory, fresh));
  await ipBatch(
    ports.filter((port) => present.has(port.name)).map((port) => `link set dev ${port.name} address ${port.mac} mtu ${port.mtu}`),
    name,
  );
  await restoreCables(files, plan, host, present);
}

async function restoreCables(files: LabFiles, plan: LabPlan, host: string, present: ReadonlySet<string>): Promise<void> {
  for (const cable of plan.cables) {
    const [own, other] = cable.near.host === host ? [cable.near, cable.far] : [cable.far, cable.near];
    if (own.host !== host || present.has(own.name)) continue;
    await ipBatch([cableLine(files, cable)]);
    const addresses = other.addresses.map(
      (text) => `address add ${text} dev ${other.master ?? other.name}${text.includes(":") ? " nodad" : ""}`,
    );
    await ipBatch([...renderPortLinks(other), ...(other.master === undefined ? addresses : [])], files.netns(other.host));
  }
}

async function linkNames(netns: string): Promise<Set<string>> {
  const links = JSON.parse(await mustRun(["ip", "-n", netns, "-j", "link", "show"])) as { ifname: string }[];
  return new Set(links.map((link) => link.ifname));
}

/**
 * Takes down every port at a router through which the host could still be heard: afterwards nothing that it sends arrives anywhere.
 * (A router's own ports are among them.)
 */
export async function cutLinks(files: LabFiles, plan: LabPlan, host: string): Promise<void> {
  const routers = new Set(plan.hosts.filter(({ kind }) => kind === "router").map(({ name }) => name));
  const cables = plan.cables.filter(({ near, far }) => near.host === host || far.host === host);
  const ends = cables.flatMap(({ near, far }) => [far, near]).filter((port) => routers.has(port.host));
  const byRouter = Map.groupBy(ends, (port) => port.host);
  await Promise.all([...byRouter].map(([router, ports]) => takePortsDown(files, router, ports)));
}

/** Takes down the host's own ends: a switch that comes up later must find nobody behind the cable. */
export async function unplug(files: LabFiles, plan: LabPlan, host: string): Promise<void> {
  await takePortsDown(files, host, portsOf(plan, host));
}

async function takePortsDown(files: LabFiles, host: string, ports: Port[]): Promise<void> {
  const netns = files.netns(host);
  const down = (names: string[]): string[] => names.map((name) => `link set dev ${name} down`);
  const names = ports.map(({ name }) => name);
  try {
    await ipBatch(down(names), netns);
  } catch {
    // One of them has gone, with a namespace that it was moved into: the others still have to go down.
    const present = await linkNames(netns);
    await ipBatch(down(names.filter((name) => present.has(name))), netns);
  }
}

/** Sets every port of a router as power and faults want it: up when both ends have power and nobody has pulled the cable. */
export async function applyLinks(files: LabFiles, plan: LabPlan, router: string): Promise<void> {
  if (files.readPower(router) === "off") return;
  const faults = files.readFaults();
  const lines = plan.cables.flatMap((cable) => {
    const [own, other] = cable.far.host === router ? [cable.far, cable.near] : [cable.near, cable.far];
    if (own.host !== router) return [];
    const isUp = files.readPower(other.host) === "on" && !isLinkDown(plan, faults, cable);
    return [`link set dev ${own.name} ${isUp ? "up" : "down"}`];
  });
  await ipBatch(lines, files.netns(router));
}

/** Loads a ruleset in a host's network namespace, with the nft of the lab's root: the machine may have none, a host that boots may not have its disk yet. */
export async function loadRules(netns: string, root: string, rules: string): Promise<void> {
  await mustRun(["ip", "netns", "exec", netns, "chroot", root, "nft", "-f", "-"], { input: rules });
}

/** undefined when there is no such namespace. */
export function netnsInode(netns: string): number | undefined {
  const path = join(netnsDirectory, netns);
  return existsSync(path) ? statSync(path).ino : undefined;
}

/** Removes a namespace's name, also one that a killed process left half-made. */
export async function deleteNetns(netns: string): Promise<void> {
  const path = join(netnsDirectory, netns);
  if (!existsSync(path)) return;
  const { code } = await runCommand(["ip", "netns", "del", netns]);
  if (code !== 0 && existsSync(path)) {
    writeFileSync(path, "");
    rmSync(path, { force: true });
  }
}

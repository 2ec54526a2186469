import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Faults } from "./faults.ts";
import { noFaults } from "./faults.ts";
import { LabError, unknownName } from "./lab-error.ts";
import type { LabHost, LabPlan } from "./plan.ts";
import type { ProcessId } from "./processes.ts";

/**
 * A lab on disk. All that is needed to use it and to take it down, also for a process that did not make it:
 *
 *     /run/rackway-lab/LAB/lab.json          what was built (written before anything is)
 *                         /faults.json       links down, losses, partitions in force
 *                         /lock, hosts/H/lock
 *                         /disk/H/{upper,work}  a tmpfs: the hosts' disks
 *                         /hosts/H/power     on or off
 *                         /hosts/H/init      PID and start time of the host's init, in the machine's numbers
 *                         /hosts/H/host/     what the host boots from, mounted into it
 *                         /hosts/H/console.log
 *                         /power/power.sock  the power switch, mounted into every host
 *                         /server/           mounted into every host as /run/rackway-server
 *                         /labd, labd.log
 */
export const runRoot = "/run/rackway-lab";

export interface LabRecord {
  name: string;
  topology: string;
  racks: string[] | null;
  createdAt: string;
  /** The machine's boot in which it was built: the process ids on disk mean nothing in another. */
  bootId: string;
  /** Who builds it. */
  maker: ProcessId;
  /** The Debian root that the hosts' overlays stand on. */
  root: string;
  /** The production payload, mounted at /usr/lib/rackway when it exists. */
  payload: string;
  plan: LabPlan;
}

export class LabFiles {
  readonly name: string;
  readonly directory: string;

  /** @throws {LabError} `usage`: the name becomes a path that `down` removes with all that is in it, so every way in is checked. */
  constructor(name: string) {
    checkName(name);
    this.name = name;
    this.directory = join(runRoot, name);
  }

  path(...parts: string[]): string {
    return join(this.directory, ...parts);
  }

  hostPath(host: string, ...parts: string[]): string {
    return join(this.directory, "hosts", host, ...parts);
  }

  netns(host: string): string {
    return `${this.name}-${host}`;
  }

  /** @throws {LabError} `lab-unknown` */
  readRecord(): LabRecord {
    if (!existsSync(this.path("lab.json"))) {
      const known = listLabs();
      if (known.length === 0) throw new LabError("lab-unknown", `there is no lab ${this.name}`, "`rackway lab up` brings one up");
      throw unknownName("lab-unknown", "lab", this.name, known);
    }
    return JSON.parse(readFileSync(this.path("lab.json"), "utf8")) as LabRecord;
  }

  writeRecord(record: LabRecord): void {
    writeAtomically(this.path("lab.json"), JSON.stringify(record, null, 1));
  }

  readFaults(): Faults {
    if (!existsSync(this.path("faults.json"))) return noFaults;
    return JSON.parse(readFileSync(this.path("faults.json"), "utf8")) as Faults;
  }

  writeFaults(faults: Faults): void {
    writeAtomically(this.path("faults.json"), JSON.stringify(faults, null, 1));
  }

  readPower(host: string): "on" | "off" {
    const path = this.hostPath(host, "power");
    return existsSync(path) && readFileSync(path, "utf8").trim() === "on" ? "on" : "off";
  }

  writePower(host: string, power: "on" | "off"): void {
    writeAtomically(this.hostPath(host, "power"), `${power}\n`);
  }
}

function checkName(name: string): void {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(name)) return;
  const rule = "lower-case letters, digits and dashes, starting with a letter, at most 20";
  throw new LabError("usage", `"${name}" is not a name for a lab`, rule);
}

/** Names of the labs that exist on this machine, also half-built ones. */
export function listLabs(): string[] {
  if (!existsSync(runRoot)) return [];
  return readdirSync(runRoot)
    .filter((name) => existsSync(join(runRoot, name, "lab.json")))
    .sort();
}

/** @throws {LabError} `host-unknown`, with the nearest names */
export function requireHost(plan: LabPlan, name: string): LabHost {
  const host = plan.hosts.find((candidate) => candidate.name === name);
  if (!host) {
    throw unknownName(
      "host-unknown",
      "host",
      name,
      plan.hosts.map((candidate) => candidate.name),
    );
  }
  return host;
}

export function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}.new`, text);
  renameSync(`${path}.${process.pid}.new`, path);
}

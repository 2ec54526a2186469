import { lstat, readlink, rm, stat, symlink } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

import type { CommandRunner } from "./run.ts";

/** Starts and stops daemons by the host's own init system, and makes that outlast a boot. */
export interface ServiceDriver {
  readonly name: "systemd" | "runit";
  observe(service: string): Promise<ServiceObservation>;
  /** Enabled and running afterwards, or a reason. */
  start(service: string): Promise<ServiceOutcome>;
  restart(service: string): Promise<ServiceOutcome>;
  /** Takes over what has changed in its files, by its own reload where the init system has one; runit has none, and restarts. */
  reload(service: string): Promise<ServiceOutcome>;
  /** Stopped as it wants to be stopped (Pacemaker moves its resources away first), and disabled. */
  stop(service: string): Promise<ServiceOutcome>;
}

export interface ServiceObservation {
  readonly installed: boolean;
  readonly enabled: boolean;
  readonly running: boolean;
}

export type ServiceOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Pacemaker stops all its resources before it ends: minutes, when one of them hangs. */
const stopTimeoutMs = 180_000;
const startTimeoutMs = 60_000;
const done: ServiceOutcome = { ok: true };

/** systemd where it is the init system (sd_booted(3)), runit otherwise. */
export async function findServiceDriver(run: CommandRunner): Promise<ServiceDriver> {
  return (await exists("/run/systemd/system"))
    ? systemdDriver(run)
    : runitDriver(run, { services: "/etc/service", definitions: "/etc/sv" });
}

export function systemdDriver(run: CommandRunner): ServiceDriver {
  const systemctl = async (timeoutMs: number, ...words: string[]): Promise<ServiceOutcome> => {
    const { code, stderr } = await run(["systemctl", ...words], { timeoutMs });
    return code === 0 ? done : { ok: false, reason: `systemctl ${words.join(" ")}: ${stderr.trim()}` };
  };
  return {
    name: "systemd",
    async observe(service) {
      const properties = ["--property=LoadState", "--property=UnitFileState", "--property=ActiveState"];
      const { stdout } = await run(["systemctl", "show", ...properties, `${service}.service`]);
      const values = new Map(stdout.split("\n").map((line) => line.split("=", 2) as [string, string | undefined]));
      return {
        installed: values.get("LoadState") === "loaded",
        enabled: values.get("UnitFileState") === "enabled",
        running: ["active", "activating", "reloading"].includes(values.get("ActiveState") ?? ""),
      };
    },
    start: (service) => systemctl(startTimeoutMs, "enable", "--now", `${service}.service`),
    restart: (service) => systemctl(stopTimeoutMs, "restart", `${service}.service`),
    reload: (service) => systemctl(stopTimeoutMs, "reload", `${service}.service`),
    stop: (service) => systemctl(stopTimeoutMs, "disable", "--now", `${service}.service`),
  };
}

/**
 * runit(8): a service is a folder of `definitions`, enabled by a link in `services`, which runsvdir(8) picks up within five seconds.
 */
export function runitDriver(run: CommandRunner, folders: { readonly services: string; readonly definitions: string }): ServiceDriver {
  const linkOf = (service: string): string => `${folders.services}/${service}`;
  const definitionOf = (service: string): string => `${folders.definitions}/${service}`;
  const sv = async (timeoutMs: number, verb: string, service: string): Promise<ServiceOutcome> => {
    const seconds = String(Math.ceil(timeoutMs / 1000));
    const { code, stdout, stderr } = await run(["sv", "-w", seconds, verb, linkOf(service)], { timeoutMs: timeoutMs + 5000 });
    return code === 0 ? done : { ok: false, reason: `sv ${verb} ${service}: ${(stdout + stderr).trim()}` };
  };
  const isSupervised = async (service: string): Promise<boolean> => (await run(["sv", "status", linkOf(service)])).code === 0;
  return {
    name: "runit",
    async observe(service) {
      const enabled = await isLink(linkOf(service));
      const { stdout } = enabled ? await run(["sv", "status", linkOf(service)]) : { stdout: "" };
      return { installed: await exists(definitionOf(service)), enabled, running: stdout.startsWith("run:") };
    },
    async start(service) {
      if (!(await isLink(linkOf(service)))) await symlink(definitionOf(service), linkOf(service));
      const deadline = Date.now() + 10_000;
      while (!(await isSupervised(service))) {
        if (Date.now() > deadline) return { ok: false, reason: `runsvdir does not pick up ${linkOf(service)}` };
        await wait(100);
      }
      return sv(startTimeoutMs, "start", service);
    },
    restart: (service) => sv(stopTimeoutMs, "restart", service),
    reload: (service) => sv(stopTimeoutMs, "restart", service),
    async stop(service) {
      if (!(await isLink(linkOf(service)))) return done;
      if (await isSupervised(service)) {
        const stopped = await sv(stopTimeoutMs, "down", service);
        if (!stopped.ok) return stopped;
        await run(["sv", "exit", linkOf(service)]);
      }
      await rm(linkOf(service), { force: true });
      return done;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isLink(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found?.isSymbolicLink() === true && (await readlink(path)) !== "";
}

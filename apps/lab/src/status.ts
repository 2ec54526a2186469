import { runCommand } from "./command.ts";
import type { Faults } from "./faults.ts";
import type { Lab } from "./lab.ts";
import { isPowerDaemonAlive } from "./power-client.ts";

/** What `rackway lab status -o json` prints: observed, but for `faults`, which is what was asked for. */
export interface LabStatus {
  name: string;
  topology: string;
  racks: string[] | null;
  createdAt: string;
  powerSwitch: "up" | "down";
  hosts: LabHostStatus[];
  faults: Faults;
}

export interface LabHostStatus {
  name: string;
  kind: "controller" | "member" | "router" | "external";
  rack: string | null;
  power: "on" | "off";
  /** PID 1 of the host, in the machine's numbers. */
  initPid: number | null;
  processes: number;
  /** Processes stopped by SIGSTOP. */
  frozen: number;
  /** By network: whether the cable's end at the router is up. null: the router is off. */
  links: Record<string, "up" | "down" | null>;
}

export async function observeLab(lab: Lab): Promise<LabStatus> {
  const { record, plan } = lab;
  const routers = plan.hosts.filter(({ kind }) => kind === "router").map(({ name }) => name);
  const portStates = new Map(await Promise.all(routers.map(async (router) => [router, await observePorts(lab, router)] as const)));
  const hosts = plan.hosts.map((host): LabHostStatus => {
    const isOn = lab.isOn(host.name);
    const processes = isOn ? lab.processes(host.name) : [];
    const links = plan.cables
      .filter(({ near }) => near.host === host.name)
      .map(({ near, far }) => [near.network, portStates.get(far.host)?.get(far.name) ?? null] as const);
    return {
      name: host.name,
      kind: host.kind === "rack" ? host.host.role : host.kind,
      rack: host.kind === "rack" ? host.rack.name : null,
      power: isOn ? "on" : "off",
      initPid: isOn ? lab.initPid(host.name) : null,
      processes: processes.length,
      frozen: processes.filter(({ isStopped }) => isStopped).length,
      links: Object.fromEntries(links),
    };
  });
  return {
    name: record.name,
    topology: record.topology,
    racks: record.racks,
    createdAt: record.createdAt,
    powerSwitch: isPowerDaemonAlive(lab.files) ? "up" : "down",
    hosts,
    faults: lab.faults(),
  };
}

async function observePorts(lab: Lab, router: string): Promise<Map<string, "up" | "down"> | undefined> {
  if (!lab.isOn(router)) return undefined;
  const { code, stdout } = await runCommand(["ip", "-n", lab.files.netns(router), "-j", "link", "show"]);
  if (code !== 0) return undefined;
  const links = JSON.parse(stdout) as { ifname: string; flags: string[] }[];
  return new Map(links.map(({ ifname, flags }) => [ifname, flags.includes("UP") ? "up" : "down"]));
}

export function renderStatus(status: LabStatus): string {
  const rows = status.hosts.map((host) => [
    host.name,
    host.kind,
    host.rack ?? "-",
    host.power,
    host.power === "off" ? "-" : host.frozen > 0 ? `${host.processes}, ${host.frozen} frozen` : String(host.processes),
    Object.entries(host.links)
      .map(([network, state]) => (state === "up" ? network : `${network} (${state ?? "router off"})`))
      .join(" ") || "-",
  ]);
  const scope = status.racks === null ? "" : ` (only ${status.racks.join(", ")})`;
  const head = `lab ${status.name}: topology ${status.topology}${scope}, up since ${status.createdAt}, power switch ${status.powerSwitch}`;
  return [head, "", renderTable([["HOST", "KIND", "RACK", "POWER", "PROCESSES", "LINKS"], ...rows]), ...renderFaults(status.faults)].join(
    "\n",
  );
}

function renderTable(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function renderFaults(faults: Faults): string[] {
  const lines = [
    ...faults.linksDown.map(({ host, network }) => `link ${host}:${network} is down`),
    ...faults.losses.map(({ host, network, percent, direction }) => `${host}:${network} loses ${percent}% (${direction})`),
    ...faults.partitions.map(({ sides }) => `partition ${sides[0].join(",")} | ${sides[1].join(",")}`),
  ];
  return lines.length === 0 ? [] : ["", "failures in force (`rackway lab heal` undoes them):", ...lines.map((line) => `  ${line}`)];
}

import { LabError, unknownName } from "./lab-error.ts";
import type { LabPlan } from "./plan.ts";
import { findCable, portsOf } from "./plan.ts";
import type { Cable } from "./ports.ts";

/**
 * Failures of the network, as data: what is in force is a value, and the rules on a router are a pure function of it. Everything happens
 * on the router's ports, with netdev hooks of nftables (nft(8), "netdev address family"), so that nothing in a host shows that
 * it is being tampered with.
 */
export interface Faults {
  linksDown: { host: string; network: string }[];
  losses: Loss[];
  partitions: Partition[];
}

/** Seen from the host: `in` is what it receives. */
export type LossDirection = "in" | "out" | "both";

export interface Loss {
  host: string;
  network: string;
  percent: number;
  direction: LossDirection;
}

/** Nothing passes between a host of one side and a host of the other; hosts on neither side reach both. */
export interface Partition {
  sides: [string[], string[]];
}

export const noFaults: Faults = { linksDown: [], losses: [], partitions: [] };

export function withLink(faults: Faults, host: string, network: string, state: "down" | "up"): Faults {
  const others = faults.linksDown.filter((link) => link.host !== host || link.network !== network);
  return { ...faults, linksDown: state === "down" ? [...others, { host, network }] : others };
}

/** Zero percent takes the loss away. A second loss on the same cable replaces the one in the same direction only. */
export function withLoss(faults: Faults, loss: Loss): Faults {
  if (!(loss.percent >= 0 && loss.percent <= 100)) throw new LabError("usage", `${loss.percent} is not a percentage`, "use 0 to 100");
  const replaced = (other: Loss): Loss[] => {
    if (other.host !== loss.host || other.network !== loss.network) return [other];
    if (loss.direction === "both" || other.direction === loss.direction) return [];
    return other.direction === "both" ? [{ ...other, direction: loss.direction === "in" ? "out" : "in" }] : [other];
  };
  return { ...faults, losses: [...faults.losses.flatMap(replaced), ...(loss.percent > 0 ? [loss] : [])] };
}

/** @throws {LabError} `host-unknown` | `usage` when a side is empty, a host is on both sides or a router is named */
export function withPartition(faults: Faults, plan: LabPlan, sides: [string[], string[]]): Faults {
  const ends = plan.hosts.filter((host) => host.kind !== "router").map((host) => host.name);
  for (const host of sides.flat()) {
    if (ends.includes(host)) continue;
    if (plan.hosts.some((candidate) => candidate.name === host)) {
      throw new LabError("usage", `${host} is a router: partition hosts, or take the router's links down`);
    }
    throw unknownName("host-unknown", "host", host, ends);
  }
  const both = sides[0].find((host) => sides[1].includes(host));
  if (both !== undefined) throw new LabError("usage", `${both} is on both sides of the partition`);
  if (sides.some((side) => side.length === 0)) throw new LabError("usage", "a partition has two sides: A,B C,D");
  const next = { ...faults, partitions: [...faults.partitions, { sides }] };
  if (involvedHosts(next).length > 63) throw new LabError("usage", "at most 63 hosts can be in partitions at a time");
  return next;
}

/** Without a host: everything heals. With one: its links, its losses, and it leaves the partitions that it is in. */
export function healed(faults: Faults, host?: string): Faults {
  if (host === undefined) return noFaults;
  return {
    linksDown: faults.linksDown.filter((link) => link.host !== host),
    losses: faults.losses.filter((loss) => loss.host !== host),
    partitions: faults.partitions
      .map(({ sides }): Partition => ({ sides: [sides[0].filter((name) => name !== host), sides[1].filter((name) => name !== host)] }))
      .filter(({ sides }) => sides.every((side) => side.length > 0)),
  };
}

/** @throws {LabError} `network-unknown` */
export function requireCable(plan: LabPlan, host: string, network: string): NonNullable<ReturnType<typeof findCable>> {
  const found = findCable(plan, host, network);
  if (!found) {
    const known = portsOf(plan, host).map((port) => `${host}:${port.network}`);
    throw unknownName("network-unknown", "link", `${host}:${network}`, known);
  }
  return found;
}

export function isLinkDown(plan: LabPlan, faults: Faults, cable: Cable): boolean {
  return faults.linksDown.some(({ host, network }) => {
    const found = findCable(plan, host, network);
    return found?.own === cable.near || found?.own === cable.far;
  });
}

function involvedHosts(faults: Faults): string[] {
  return [...new Set(faults.partitions.flatMap(({ sides }) => sides.flat()))].sort();
}

/**
 * The router's ruleset for the faults in force; loading it replaces the one before in one step.
 *
 * A partition marks what comes in from a host and drops it where it would leave towards the other side. Between two ports of one router the
 * packet mark does that, for every kind of frame. It does not survive the way to another router's namespace, so the host's number
 * travels in the DSCP field, too; while a partition is in force, that field is not the sender's.
 */
export function renderFaultRules(plan: LabPlan, faults: Faults, router: string): string {
  const numbers = new Map(involvedHosts(faults).map((host, index) => [host, index + 1]));
  const chains = plan.cables.filter(({ far }) => far.host === router).flatMap((cable) => renderPortChains(plan, faults, numbers, cable));
  const table = chains.length === 0 ? [] : ["table netdev rackway_lab {", ...chains, "}"];
  return ["table netdev rackway_lab", "delete table netdev rackway_lab", ...table, ""].join("\n");
}

function renderPortChains(plan: LabPlan, faults: Faults, numbers: ReadonlyMap<string, number>, cable: Cable): string[] {
  const number = numbers.get(cable.near.host);
  const foes = [...numbers].filter(([host]) => areApart(faults, cable.near.host, host)).map(([, foe]) => foe);
  const lossOf = (direction: "in" | "out"): string[] => lossRules(plan, faults, cable, direction);
  const marks = number === undefined ? [] : [`meta mark set ${number}`, `ip dscp set ${number}`, `ip6 dscp set ${number}`];
  const set = `{ ${foes.join(", ")} }`;
  const drops = foes.length === 0 ? [] : [`meta mark ${set} drop`, `ip dscp ${set} drop`, `ip6 dscp ${set} drop`];
  return [
    ...renderChain("ingress", cable.far.name, [...lossOf("out"), ...marks]),
    ...renderChain("egress", cable.far.name, [...drops, ...lossOf("in")]),
  ];
}

function renderChain(hook: "ingress" | "egress", device: string, rules: string[]): string[] {
  if (rules.length === 0) return [];
  return [
    ` chain ${hook}_${device} {`,
    `  type filter hook ${hook} device "${device}" priority -500;`,
    ...rules.map((rule) => `  ${rule}`),
    " }",
  ];
}

function areApart(faults: Faults, one: string, other: string): boolean {
  return faults.partitions.some(
    ({ sides: [left, right] }) => (left.includes(one) && right.includes(other)) || (right.includes(one) && left.includes(other)),
  );
}

/** Losses on this cable in one direction, `in` and `out` being the near end's; the far end's own losses count the other way. */
function lossRules(plan: LabPlan, faults: Faults, cable: Cable, direction: "in" | "out"): string[] {
  return faults.losses.flatMap((loss) => {
    const found = findCable(plan, loss.host, loss.network);
    const isNear = found?.own === cable.near;
    if (!isNear && found?.own !== cable.far) return [];
    const wanted = isNear ? direction : direction === "in" ? "out" : "in";
    if (loss.direction !== "both" && loss.direction !== wanted) return [];
    return [loss.percent === 100 ? "drop" : `numgen random mod 10000 < ${Math.round(loss.percent * 100)} drop`];
  });
}

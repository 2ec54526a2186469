import { setTimeout as delay } from "node:timers/promises";
import { DOMParser } from "@xmldom/xmldom";
import type { CommandRunner } from "@rackway/linux";
import type { MovableSet, RouterState } from "@rackway/schema";
import { ownerHealth, routerResourceIds } from "@rackway/schema";
import { observeFullDisks } from "./disk-flag.ts";
import { parseMonitor } from "./observe-pacemaker.ts";
import { observeQuorum } from "./observe-quorum.ts";
import type { FailCount } from "./observe-trouble.ts";
import { barredUntil, barredWords, parseTrouble } from "./observe-trouble.ts";
import { scores } from "./resource-parts.ts";
import { routerAttributes } from "./router-resources.ts";
import { linkUplink, networksOf } from "./failover-resources.ts";
import { chunksHeld, setPreference, serviceResourceIds } from "./service-ids.ts";

export type MoveOutcome = { readonly kind: "done"; readonly from: string | null } | { readonly kind: "failed"; readonly reason: string };

const patienceMs = 30_000;
const lookEveryMs = 200;
/** A host that has just come back takes some seconds until its kernel holds the connections, and its gateways have answered twice. */
const asGoodPatienceMs = 20_000;

/** What is moved, as Pacemaker has it. */
interface Movable {
  readonly name: string;
  /** The resource that tells where it is. */
  readonly resource: string;
  /** Hosts that may have it. */
  readonly controllers: readonly string[];
  /** The node attribute by which a host is preferred. */
  readonly prefer: string;
  /** Why `to` is a worse place than `from`, by node attributes; null: it is not. */
  readonly whatIsWorse: (attribute: (host: string, name: string) => string | undefined, from: string, to: string) => string | null;
}

function movableRouter(router: RouterState): Movable {
  const { prefer, uplink, inStep } = routerAttributes(router);
  return {
    name: router.name,
    resource: routerResourceIds(router).vips,
    controllers: router.controllers,
    prefer,
    whatIsWorse(attribute, from, to) {
      const lack = fewerGateways(attribute, uplink, from, to);
      if (lack !== null || router.connectionSync === null || attribute(to, inStep) === "1") return lack;
      return `${to} does not hold the connections of ${from} (it is not in step)`;
    },
  };
}

/** VIPs of one group, which are on one host together; of a router that roams, its pair. */
function movableSet({ service, set }: MovableSet): Movable {
  const { uplink } = serviceResourceIds(service);
  const chunks = chunksHeld(service).filter((chunk) => chunk.set === set);
  const resources = chunks.map(({ id }) => id);
  const networks = set.mode === "failover" ? chunks.flatMap(({ chunk }) => networksOf(service, set, chunk)) : [];
  const uplinks = [...(service.router === undefined ? [] : [uplink]), ...networks.map((network) => linkUplink(service, network))];
  // Absent: nothing is against the host.
  const health = (value: string | undefined): number => (value === undefined ? scores.wellPlace : Number(value));
  return {
    name: service.router === undefined ? set.vips.map(({ name }) => name).join(", ") : service.name,
    resource: resources[0] ?? "",
    controllers: set.controllers,
    prefer: setPreference(service, set),
    whatIsWorse(attribute, from, to) {
      for (const name of uplinks) {
        const lack = fewerGateways(attribute, name, from, to);
        if (lack !== null) return lack;
      }
      const isWorse = resources.some((id) => {
        const [own, other] = [from, to].map((host) => health(attribute(host, ownerHealth(id)))) as [number, number];
        return other < own;
      });
      return isWorse ? `less of what should answer behind it answers on ${to} than on ${from}` : null;
    },
  };
}

function fewerGateways(attribute: (host: string, name: string) => string | undefined, uplink: string, from: string, to: string) {
  const [own, other] = [from, to].map((host) => Number(attribute(host, uplink) ?? 0)) as [number, number];
  return other < own ? `fewer gateways answer ${to} than ${from} (${other / 1000} of ${own / 1000})` : null;
}

/** A planned move of a virtual router. */
export function moveRouter(
  run: CommandRunner,
  order: { readonly router: RouterState; readonly to: string },
  onProgress: (message: string) => void,
  pause?: (ms: number) => Promise<unknown>,
): Promise<MoveOutcome> {
  return move(run, movableRouter(order.router), order.to, onProgress, pause);
}

/** A planned move of roaming or failover VIPs. Roaming ones that overlap are on the host that comes before the one that goes lets go. */
export function moveSet(
  run: CommandRunner,
  order: { readonly movable: MovableSet; readonly to: string },
  onProgress: (message: string) => void,
  pause?: (ms: number) => Promise<unknown>,
): Promise<MoveOutcome> {
  return move(run, movableSet(order.movable), order.to, onProgress, pause);
}

/**
 * A planned move: the target's preference is raised in a node attribute of the status section (attrd_updater(8)), Pacemaker migrates, the
 * attribute is taken away, stickiness holds the router where it is. No constraint is made, so none can be left behind; an
 * attribute that a crash leaves is gone with the next start of its host.
 */
async function move(
  run: CommandRunner,
  what: Movable,
  to: string,
  onProgress: (message: string) => void,
  pause: (ms: number) => Promise<unknown> = delay,
): Promise<MoveOutcome> {
  const { name, resource, controllers, prefer } = what;
  const quorum = await observeQuorum(run);
  if (!quorum.quorate) return { kind: "failed", reason: quorum.reason };
  if (!controllers.includes(to)) return { kind: "failed", reason: `${to} may not run ${name}; ${controllers.join(", ")} may` };
  const before = await whereIs(run, resource);
  if (!before.online.includes(to)) return { kind: "failed", reason: `${to} is not online` };
  if (before.hosts.length === 1 && before.hosts[0] === to) return { kind: "done", from: to };
  const barred = whatBars(resource, to, before.failCounts);
  if (barred !== null) return { kind: "failed", reason: barred };
  const from = before.hosts[0] ?? null;
  const full = await observeFullDisks(run);
  for (const host of [from, to]) {
    const path = host === null ? undefined : full.get(host);
    if (path !== undefined)
      return { kind: "failed", reason: `${host ?? ""} has no space left in ${path}: what a move writes there would fail` };
  }
  if (from !== null) {
    const reason = await waitUntilAsGood(run, { what, from, to, pause }, onProgress);
    if (reason !== null) return { kind: "failed", reason };
  }
  onProgress(`${name}: asking Pacemaker to move it from ${from ?? "nowhere"} to ${to}`);
  try {
    const raised = await run(["attrd_updater", "-n", prefer, "-U", String(scores.prefer), "-N", to, "-d", "0"], { timeoutMs: 10_000 });
    if (raised.code !== 0) return { kind: "failed", reason: `attrd_updater: ${raised.stderr.trim()}` };
    return await waitFor(run, resource, to, from, onProgress);
  } finally {
    await run(["attrd_updater", "-n", prefer, "-D", "-N", to, "-d", "0"], { timeoutMs: 10_000 });
  }
}

interface Way {
  readonly what: Movable;
  readonly from: string;
  readonly to: string;
  readonly pause: (ms: number) => Promise<unknown>;
}

/**
 * Null when the target is as good as the source, which a host that has just come back is after some seconds; else why not. On a worse one flows
 * would not live, and Pacemaker would take it away again as soon as the wish is gone: both weigh more than staying.
 */
async function waitUntilAsGood(
  run: CommandRunner,
  { what, from, to, pause }: Way,
  onProgress: (message: string) => void,
): Promise<string | null> {
  let told: string | null = null;
  for (let waitedMs = 0; waitedMs < asGoodPatienceMs; waitedMs += lookEveryMs) {
    const values = await attributeValues(run);
    const lack = what.whatIsWorse((host, name) => values.get(host)?.get(name), from, to);
    if (lack === null) return null;
    if (lack !== told) onProgress(`waiting: ${lack}`);
    told = lack;
    await pause(lookEveryMs);
  }
  return `${told ?? ""}, still after ${asGoodPatienceMs / 1000} s`;
}

/**
 * Node attributes by host, as the scheduler has them: what the attribute manager would answer may be on its way into the configuration
 * still, for as long as the dampening of an attribute lasts.
 */
async function attributeValues(run: CommandRunner): Promise<Map<string, Map<string, string>>> {
  const argv = ["crm_mon", "--one-shot", "--output-as=xml", "--include=none,attributes"];
  const { code, stdout } = await run(argv, { timeoutMs: 5_000 });
  if (code !== 0) return new Map();
  const [list] = Array.from(new DOMParser().parseFromString(stdout, "text/xml").getElementsByTagName("node_attributes"));
  const nodes = list === undefined ? [] : Array.from(list.getElementsByTagName("node"));
  return new Map(
    nodes.map((node) => {
      const attributes = Array.from(node.getElementsByTagName("attribute"));
      return [
        node.getAttribute("name") ?? "",
        new Map(attributes.map((one) => [one.getAttribute("name") ?? "", one.getAttribute("value") ?? ""])),
      ];
    }),
  );
}

async function waitFor(
  run: CommandRunner,
  vips: string,
  to: string,
  from: string | null,
  onProgress: (message: string) => void,
): Promise<MoveOutcome> {
  let last = "";
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookEveryMs) {
    const now = await whereIs(run, vips);
    if (now.hosts.length === 1 && now.hosts[0] === to) return { kind: "done", from };
    const text = now.hosts.join(", ");
    if (text !== last) onProgress(`${vips} is on ${text === "" ? "no host" : text}`);
    last = text;
    await delay(lookEveryMs);
  }
  return { kind: "failed", reason: `${vips} is on ${last === "" ? "no host" : last} after ${patienceMs / 1000} s, not on ${to}` };
}

/** Null: Pacemaker would let the resource onto the host. Else why not, until when, and what lets it at once. */
function whatBars(resource: string, host: string, failCounts: readonly FailCount[]): string | null {
  const failed = failCounts.find((entry) => entry.resource === resource && entry.host === host);
  if (failed === undefined || failed.count < failed.threshold) return null;
  const until = barredUntil(failed);
  // The scheduler counts them no more; Pacemaker forgets them when it looks next, which a move makes it do.
  if (until !== null && until.getTime() <= Date.now()) return null;
  return `${host} is barred from ${resource}${barredWords(failed)}, for it failed there; to let it back at once: crm_resource --cleanup --resource ${resource} --node ${host}`;
}

interface Whereabouts {
  readonly hosts: readonly string[];
  readonly online: readonly string[];
  readonly failCounts: readonly FailCount[];
}

async function whereIs(run: CommandRunner, resource: string): Promise<Whereabouts> {
  const result = await run(["crm_mon", "--one-shot", "--output-as=xml", "--inactive"], { timeoutMs: 5_000 });
  if (result.code !== 0) return { hosts: [], online: [], failCounts: [] };
  const seen = parseMonitor(result.stdout);
  const hosts = seen.resources.find((entry) => entry.id === resource)?.running ?? [];
  return { hosts, online: seen.online, failCounts: parseTrouble(result.stdout).failCounts };
}

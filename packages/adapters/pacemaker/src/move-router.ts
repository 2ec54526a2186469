import { setTimeout as delay } from "node:timers/promises";
import type { CommandRunner } from "@rackway/linux";
import type { RouterState } from "@rackway/schema";
import { parseMonitor } from "./observe-pacemaker.ts";
import { observeQuorum } from "./observe-quorum.ts";
import { routerAttributes, routerResourceIds, scores } from "./router-resources.ts";

export type MoveOutcome = { readonly kind: "done"; readonly from: string | null } | { readonly kind: "failed"; readonly reason: string };

const patienceMs = 30_000;
const lookEveryMs = 200;
/** A host that has just come back takes some seconds until its kernel holds the connections, and its gateways have answered twice. */
const asGoodPatienceMs = 20_000;

/**
 * A planned move: the target's preference is raised in a node attribute of the status section (attrd_updater(8)), Pacemaker migrates, the
 * attribute is taken away, stickiness holds the router where it is. No constraint is made, so none can be left behind; an
 * attribute that a crash leaves is gone with the next start of its host.
 */
export async function moveRouter(
  run: CommandRunner,
  order: { readonly router: RouterState; readonly to: string },
  onProgress: (message: string) => void,
  pause: (ms: number) => Promise<unknown> = delay,
): Promise<MoveOutcome> {
  const { router, to } = order;
  const vips = routerResourceIds(router).vips;
  const quorum = await observeQuorum(run);
  if (!quorum.quorate) return { kind: "failed", reason: quorum.reason };
  if (!router.controllers.includes(to))
    return { kind: "failed", reason: `${to} may not run ${router.name}; ${router.controllers.join(", ")} may` };
  const before = await whereIs(run, vips);
  if (!before.online.includes(to)) return { kind: "failed", reason: `${to} is not online` };
  if (before.hosts.length === 1 && before.hosts[0] === to) return { kind: "done", from: to };
  const from = before.hosts[0] ?? null;
  const { prefer } = routerAttributes(router);
  if (from !== null) {
    const reason = await waitUntilAsGood(run, { router, from, to, pause }, onProgress);
    if (reason !== null) return { kind: "failed", reason };
  }
  onProgress(`${router.name}: asking Pacemaker to move it from ${from ?? "nowhere"} to ${to}`);
  try {
    const raised = await run(["attrd_updater", "-n", prefer, "-U", String(scores.prefer), "-N", to, "-d", "0"], { timeoutMs: 10_000 });
    if (raised.code !== 0) return { kind: "failed", reason: `attrd_updater: ${raised.stderr.trim()}` };
    return await waitFor(run, vips, to, from, onProgress);
  } finally {
    await run(["attrd_updater", "-n", prefer, "-D", "-N", to, "-d", "0"], { timeoutMs: 10_000 });
  }
}

interface Way {
  readonly router: RouterState;
  readonly from: string;
  readonly to: string;
  readonly pause: (ms: number) => Promise<unknown>;
}

/**
 * Null when the target is as good as the source, which a host that has just come back is after some seconds; else why not. On a worse one flows
 * would not live, and Pacemaker would take the router away again as soon as the wish is gone: both weigh more than staying.
 */
async function waitUntilAsGood(run: CommandRunner, way: Way, onProgress: (message: string) => void): Promise<string | null> {
  let told: string | null = null;
  for (let waitedMs = 0; waitedMs < asGoodPatienceMs; waitedMs += lookEveryMs) {
    const lack = await whatIsWorse(run, way);
    if (lack === null) return null;
    if (lack !== told) onProgress(`waiting: ${lack}`);
    told = lack;
    await way.pause(lookEveryMs);
  }
  return `${told ?? ""}, still after ${asGoodPatienceMs / 1000} s`;
}

async function whatIsWorse(run: CommandRunner, { router, from, to }: Way): Promise<string | null> {
  const { uplink, inStep } = routerAttributes(router);
  const uplinks = await attributeValues(run, uplink);
  const [own, other] = [uplinks.get(from) ?? 0, uplinks.get(to) ?? 0];
  if (other < own) return `fewer gateways answer ${to} than ${from} (${other / 1000} of ${own / 1000})`;
  if (router.connectionSync === null) return null;
  return (await attributeValues(run, inStep)).get(to) === 1 ? null : `${to} does not hold the connections of ${from} (it is not in step)`;
}

/** Of every host that has it: `name="…" host="ctl-a1" value="1"`, one a line (attrd_updater(8)). */
async function attributeValues(run: CommandRunner, name: string): Promise<Map<string, number>> {
  const { stdout } = await run(["attrd_updater", "-n", name, "-Q", "-A"], { timeoutMs: 5_000 });
  return new Map([...stdout.matchAll(/host="([^"]*)" value="([^"]*)"/g)].map(([, host = "", value]) => [host, Number(value)]));
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

async function whereIs(run: CommandRunner, resource: string): Promise<{ hosts: string[]; online: string[] }> {
  const result = await run(["crm_mon", "--one-shot", "--output-as=xml", "--inactive"], { timeoutMs: 5_000 });
  if (result.code !== 0) return { hosts: [], online: [] };
  const seen = parseMonitor(result.stdout);
  return { hosts: seen.resources.find((entry) => entry.id === resource)?.running ?? [], online: seen.online };
}

import { setTimeout as delay } from "node:timers/promises";
import type { CommandRunner } from "@rackway/linux";
import type { RouterState } from "@rackway/schema";
import { parseMonitor } from "./observe-pacemaker.ts";
import { observeQuorum } from "./observe-quorum.ts";
import { routerAttributes, routerResourceIds, scores } from "./router-resources.ts";

export type MoveOutcome = { readonly kind: "done"; readonly from: string | null } | { readonly kind: "failed"; readonly reason: string };

const patienceMs = 30_000;
const lookEveryMs = 200;
/** A host that has just come back takes some seconds until its kernel holds the connections. */
const stepPatienceMs = 20_000;

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
  const { prefer, inStep } = routerAttributes(router);
  if (from !== null && router.connectionSync !== null && !(await waitUntilInStep(run, { attribute: inStep, to, pause }, onProgress)))
    return { kind: "failed", reason: `${to} is not in step with ${from} after ${stepPatienceMs / 1000} s: connections would be lost` };
  onProgress(`${router.name}: asking Pacemaker to move it from ${from ?? "nowhere"} to ${to}`);
  try {
    const raised = await run(["attrd_updater", "-n", prefer, "-U", String(scores.prefer), "-N", to, "-d", "0"], { timeoutMs: 10_000 });
    if (raised.code !== 0) return { kind: "failed", reason: `attrd_updater: ${raised.stderr.trim()}` };
    return await waitFor(run, vips, to, from, onProgress);
  } finally {
    await run(["attrd_updater", "-n", prefer, "-D", "-N", to, "-d", "0"], { timeoutMs: 10_000 });
  }
}

/** Else the flows would not live there, and Pacemaker would take the router away again at once: in step weighs more than staying. */
async function waitUntilInStep(
  run: CommandRunner,
  { attribute, to, pause }: { readonly attribute: string; readonly to: string; readonly pause: (ms: number) => Promise<unknown> },
  onProgress: (message: string) => void,
): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < stepPatienceMs; waitedMs += lookEveryMs) {
    const { stdout } = await run(["attrd_updater", "-n", attribute, "-Q", "-N", to], { timeoutMs: 5_000 });
    if (/ value="1"/.test(stdout)) return true;
    if (waitedMs === 0) onProgress(`waiting until ${to} is in step: until its kernel holds the connections`);
    await pause(lookEveryMs);
  }
  return false;
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

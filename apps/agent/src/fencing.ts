import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import type { FenceRequest } from "@rackway/pacemaker";
import type { HostState } from "@rackway/schema";

/** A host that this host has fenced. `at` is an instant in ISO 8601. */
export interface FencingDone {
  readonly target: string;
  readonly action: string;
  readonly device: string;
  readonly at: string;
}

/** A host that this host tries to fence, without success so far. */
export interface FencingFailure {
  readonly target: string;
  readonly device: string;
  readonly since: string;
  readonly lastAt: string;
  readonly reason: string;
}

export interface FencingSight {
  readonly done: readonly FencingDone[];
  readonly failing: readonly FencingFailure[];
}

export const noFencing: FencingSight = { done: [], failing: [] };

/**
 * What this host has fenced, and fails to fence. With `takeover: fenced` Pacemaker's fence history says both. With `takeover: quorum` its
 * success is the word of fence_rackway, which fences alongside: whether it was done is in that one's log. A host that is online again
 * needs no fencing any more, and one that an operator has confirmed dead has a success in the history. Pure.
 */
export function fencingSight(state: HostState, requests: readonly FenceRequest[], online: readonly string[], log: string): FencingSight {
  const { pacemaker, host } = state;
  if (pacemaker === null) return noFencing;
  const deviceOf = (target: string): string =>
    pacemaker.fencing.find(({ hosts }) => hosts.length === 0 || hosts.includes(target))?.agent ?? "no device";
  const told = parseFencingLog(log);
  const mine = requests.filter(({ by }) => by === host.name);
  const byHistory = pacemaker.takeover === "fenced" ? mine.filter(({ status }) => status === "success") : [];
  const done = byHistory.flatMap(({ target, action, endedAt }) =>
    endedAt === null ? [] : [{ target, action, device: deviceOf(target), at: endedAt.toISOString() }],
  );
  const failed = [...told.failing, ...failingRequests(mine, deviceOf)].filter(
    ({ target, lastAt }) => !online.includes(target) && !hasSuccessSince(requests, target, lastAt),
  );
  const targets = new Set<string>();
  const failing = failed.filter(({ target }) => !targets.has(target) && targets.add(target));
  return { done: [...told.done, ...done], failing };
}

function hasSuccessSince(requests: readonly FenceRequest[], target: string, at: string): boolean {
  return requests.some((each) => each.target === target && each.status === "success" && (each.endedAt?.getTime() ?? 0) > Date.parse(at));
}

function failingRequests(requests: readonly FenceRequest[], deviceOf: (target: string) => string): FencingFailure[] {
  const ended = requests.flatMap(({ endedAt, ...request }) => (endedAt === null ? [] : [{ ...request, at: endedAt.toISOString() }]));
  const inOrder = ended.sort((left, right) => (left.at < right.at ? -1 : 1));
  const failing = new Map<string, FencingFailure>();
  for (const { target, status, reason, at } of inOrder) {
    if (status === "success") failing.delete(target);
    else if (status === "failed")
      failing.set(target, { target, device: deviceOf(target), since: failing.get(target)?.since ?? at, lastAt: at, reason });
  }
  return [...failing.values()];
}

/** The log of fence_rackway: `TIME ACTION HOST: WORDS`, one line for each thing that it did. Pure. */
export function parseFencingLog(text: string): FencingSight {
  const done: FencingDone[] = [];
  const failing = new Map<string, FencingFailure>();
  for (const line of text.split("\n")) {
    const [, at, action, target, words] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (off|reboot) (\S+): (.+)$/.exec(line) ?? [];
    if (at === undefined || action === undefined || target === undefined || words === undefined) continue;
    const doneBy = /^done by (\S+)$/.exec(words)?.[1] ?? /^(\S+) ended with 0$/.exec(words)?.[1];
    if (doneBy !== undefined) {
      failing.delete(target);
      done.push({ target, action, device: doneBy, at });
      continue;
    }
    const [, device, reason] = /^(fence_\S+) ((?:failed, try|ended with) .+)$/.exec(words) ?? [];
    const before = failing.get(target);
    if (device !== undefined && reason !== undefined)
      failing.set(target, { target, device, since: before?.since ?? at, lastAt: at, reason });
    else if (words === "given up" && before !== undefined)
      failing.set(target, { ...before, lastAt: at, reason: `${before.reason}; given up` });
  }
  return { done, failing: [...failing.values()] };
}

export function fencingProblems({ failing }: FencingSight): HostProblem[] {
  return failing.map(({ target, device, since, reason }) =>
    problem("fencing-failing", { target, device, since, reason: reason === "" ? "no reason given" : reason }),
  );
}

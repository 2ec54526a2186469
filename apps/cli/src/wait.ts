import { RackwayError } from "@rackway/errors";
import { cliFailure } from "./failure.ts";
import { Progress } from "./progress.ts";
import type { Session } from "./session.ts";
import { renderDuration } from "./words.ts";
import type { Standing } from "./convergence.ts";

const pollMs = 500;

export interface Waiting {
  /** How things stand now. It is waited until none is `waiting`. */
  look: () => Promise<Standing[]>;
  timeoutMs: number;
  /** What goes on without us when the wait ends early: `revision 4 is accepted`. */
  stands: string;
  /** What takes it back, told first when hosts say that something stands in their way. */
  undo?: string;
}

/**
 * Waits until nothing is left to wait for, telling each change. Returns how things stand at the end. Throws `not-converged` with every
 * reason after the timeout, `cancelled` on Ctrl-C. A server that goes away meanwhile is asked again.
 */
export async function waitUntilThere(session: Session, waiting: Waiting): Promise<Standing[]> {
  const { io } = session;
  const progress = new Progress(io);
  const begin = io.now();
  const told = new Map<string, string>();
  let standings: Standing[] = [];
  let lost: string | null = null;
  for (;;) {
    try {
      standings = await waiting.look();
      lost = null;
    } catch (error) {
      if (!(error instanceof RackwayError) || error.retry === "never") throw error;
      if (lost === null) progress.tell(`the server does not answer (${error.message}); asking on`);
      lost = error.message;
    }
    tellChanges(session, progress, standings, told, io.now() - begin);
    const left = standings.filter((standing) => standing.state === "waiting");
    if (lost === null && left.length === 0) {
      progress.clear();
      return standings;
    }
    progress.show(renderWaiting(standings, io.now() - begin), io.now());
    const isLate = io.now() - begin >= waiting.timeoutMs;
    if (io.interrupted.aborted || isLate) {
      progress.clear();
      throw ended(waiting, left, lost, io.interrupted.aborted);
    }
    await io.sleep(pollMs);
  }
}

function tellChanges(
  session: Session,
  progress: Progress,
  standings: readonly Standing[],
  told: Map<string, string>,
  elapsedMs: number,
): void {
  for (const { name, state, text, needsOperator } of standings) {
    const word = `${state}: ${text}`;
    if (told.get(name) === word) continue;
    // Where it only waits, each word is told once things have moved, not at the first look.
    const paint = session.errorPaint;
    if (needsOperator) progress.tell(`  ${paint.yellow("!!")} ${name}: ${text}`);
    else if (state !== "waiting") {
      const sign = state === "done" ? paint.green("ok") : paint.yellow("--");
      progress.tell(`  ${sign} ${name}: ${text}${state === "done" ? ` (${renderDuration(elapsedMs)})` : ""}`);
    }
    told.set(name, word);
  }
}

function renderWaiting(standings: readonly Standing[], elapsedMs: number): string {
  const left = standings.filter((standing) => standing.state === "waiting");
  const first = left[0];
  const what = first ? `${first.name}: ${first.text}` : "the server";
  const done = standings.filter((standing) => standing.state === "done").length;
  return `  .. ${done} of ${done + left.length} there, ${renderDuration(elapsedMs)}; ${what}`;
}

function ended(waiting: Waiting, left: readonly Standing[], lost: string | null, isInterrupted: boolean): RackwayError {
  const reasons = left.map(({ name, text }) => `${name}: ${text}`);
  const why = [
    ...reasons.slice(0, 20),
    ...(reasons.length > 20 ? [`and ${reasons.length - 20} more`] : []),
    ...(lost === null ? [] : [`the server: ${lost}`]),
  ];
  const list = why.length === 0 ? "" : `\n  ${why.join("\n  ")}`;
  if (isInterrupted) return cliFailure("cancelled", `not waited for the end; ${waiting.stands}${list}`);
  const follow = "it goes on by itself; follow it with: rackway status --watch";
  const isRefused = left.some((standing) => standing.hasProblem === true);
  return cliFailure("not-converged", `not there after ${renderDuration(waiting.timeoutMs)}; ${waiting.stands}${list}`, {
    hint: isRefused && waiting.undo !== undefined ? `take it back with: ${waiting.undo}; if not, ${follow}` : follow,
  });
}

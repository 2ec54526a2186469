import { cliFailure } from "./failure.ts";
import type { Session } from "./session.ts";

/**
 * Asks on a terminal, and throws `cancelled` unless the answer is yes. Without a terminal nobody can be asked, and a script that calls
 * this means it: it goes on at once.
 */
export async function askToGoOn(session: Session, question: string, isYes: boolean): Promise<void> {
  const { io } = session;
  if (isYes || !io.stdin.isTty) return;
  io.stderr.write(`${session.errorPaint.bold(question)} [y/N] `);
  const answer = await Promise.race([io.stdin.readLine(), whenAborted(io.interrupted)]);
  if (answer !== null && /^\s*y(es)?\s*$/i.test(answer)) return;
  if (answer === null) io.stderr.write("\n");
  throw cliFailure("cancelled", "nothing was changed");
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}

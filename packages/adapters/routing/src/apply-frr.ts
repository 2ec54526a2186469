import { setTimeout as wait } from "node:timers/promises";

import { observeFileMode, problem, writeFileAtomic } from "@rackway/linux";
import type { CommandRunner, HostProblem, ServiceDriver } from "@rackway/linux";
import { chown, stat } from "node:fs/promises";

import { renderFrrBatch } from "./frr-config.ts";
import type { FrrPaths } from "./observe-frr.ts";
import { frrPaths } from "./observe-frr.ts";
import { unacknowledged } from "./observe-routing.ts";
import type { FrrAction } from "./plan-frr.ts";
import type { FrrKeys } from "./render-frr.ts";
import { withoutSecrets } from "./secret.ts";

/** What applying works with. */
export interface FrrHands {
  readonly run: CommandRunner;
  readonly driver: Pick<ServiceDriver, "start" | "stop" | "reload">;
  readonly keys: FrrKeys;
  readonly paths?: FrrPaths;
}

const vtyshTimeoutMs = 30_000;
/** A neighbour that does not acknowledge within this long is not there to be spared. */
const withdrawalTimeoutMs = 3000;

/** Carries the actions out in order, up to the first that fails; null: all done. */
export async function applyFrr(actions: readonly FrrAction[], hands: FrrHands): Promise<HostProblem | null> {
  for (const action of actions) {
    const failed = await applyAction(action, hands);
    if (failed !== null) return failed;
  }
  return null;
}

async function applyAction(action: FrrAction, hands: FrrHands): Promise<HostProblem | null> {
  switch (action.do) {
    case "write-daemons":
      await writeOwned((hands.paths ?? frrPaths).daemons, action.text);
      return null;
    case "write-config":
      await writeOwned((hands.paths ?? frrPaths).config, action.text);
      return null;
    case "configure":
      return configure(hands, renderFrrBatch(action.withdraw), renderFrrBatch(action.change));
    default: {
      const outcome = await hands.driver[action.do]("frr");
      return outcome.ok ? null : problem("daemon-refused", { service: "frr", reason: outcome.reason });
    }
  }
}

/** As the package laid it: owner and mode stay. */
async function writeOwned(path: string, text: string): Promise<void> {
  const before = await stat(path);
  await writeFileAtomic(path, text, (await observeFileMode(path)) ?? 0o640);
  await chown(path, before.uid, before.gid);
}

/** Nothing is entered that FRR's own checker has not passed as a whole; what stops announcing goes first, and is waited for. */
async function configure(hands: FrrHands, withdraw: string, change: string): Promise<HostProblem | null> {
  const refused = await checkFrr(hands.run, withdraw + change, hands.keys);
  if (refused !== null) return refused;
  if (withdraw !== "") {
    const failed = await enter(hands, withdraw);
    if (failed !== null) return failed;
    await awaitWithdrawal(hands.run);
  }
  return change === "" ? null : enter(hands, change);
}

/** `vtysh -C` (vtysh(1)): reads a batch as FRR would, without telling any daemon. Null: it takes all of it. */
export async function checkFrr(run: CommandRunner, batch: string, keys: FrrKeys): Promise<HostProblem | null> {
  const { code, stdout, stderr } = await run(readingInput("vtysh -C --inputfile"), { input: batch, timeoutMs: vtyshTimeoutMs });
  return isTaken(code, stderr) ? null : refusal(stderr + stdout, keys);
}

/** Its exit code tells of a line that it does not know as a rule, not always: a later one can put it back to 0. Its words do. */
function isTaken(code: number, stderr: string): boolean {
  return code === 0 && !/^line \d+: (%|Failure)/m.test(stderr);
}

/**
 * vtysh(1) wants a file. Its standard input is one as long as it is a pipe; a child of Node has a socket there, which cannot be opened by
 * name. So the keys in a batch need no place on disk.
 */
function readingInput(command: string): string[] {
  return ["sh", "-c", `cat | ${command} /dev/stdin`];
}

async function enter({ run, keys }: FrrHands, batch: string): Promise<HostProblem | null> {
  const { code, stdout, stderr } = await run(readingInput("vtysh -f"), { input: batch, timeoutMs: vtyshTimeoutMs });
  return isTaken(code, stderr) ? null : refusal(stderr + stdout, keys);
}

function refusal(message: string, keys: FrrKeys): HostProblem {
  const reason = withoutSecrets(message.trim().replaceAll(/\s*\n\s*/g, "; "), [keys.ospf, keys.bgp]);
  return problem("frr-refused", { reason });
}

/** Until no neighbour has a withdrawal to acknowledge any more. */
async function awaitWithdrawal(run: CommandRunner): Promise<void> {
  const deadline = performance.now() + withdrawalTimeoutMs;
  while (performance.now() < deadline) {
    // The first look comes after the flush has been put on the lists.
    await wait(100);
    if ((await unacknowledged(run)) === 0) return;
  }
}

import type { HostProblem } from "../problem.ts";
import { problem } from "../problem.ts";
import type { CommandRunner } from "../run.ts";
import type { ServiceDriver } from "../service-driver.ts";
import type { ClientDaemon, ClientOperation, ClientPlan } from "./client-stage.ts";
import { applyFileOperation } from "./file-operation.ts";

export interface ClientMeans {
  readonly run: CommandRunner;
  readonly driver: ServiceDriver;
}

export interface ClientOutcome {
  /** What was refused; the rest is done. */
  readonly refused: readonly HostProblem[];
  readonly told: readonly ClientDaemon[];
}

/** Carries a plan out, group by group, each up to the first operation that fails. */
export async function applyClients(means: ClientMeans, plan: Pick<ClientPlan, "groups">): Promise<ClientOutcome> {
  const problems: HostProblem[] = [];
  const told: ClientDaemon[] = [];
  for (const group of plan.groups) {
    for (const operation of group) {
      const refused = await applyOperation(means, operation);
      if (refused === null) {
        if (operation.do === "take-over") told.push(operation.daemon);
        continue;
      }
      problems.push(refused);
      break;
    }
  }
  return { refused: problems, told };
}

async function applyOperation({ run, driver }: ClientMeans, operation: ClientOperation): Promise<HostProblem | null> {
  if (operation.do === "take-over") return takeOver(run, driver, operation.daemon);
  try {
    await applyFileOperation(operation);
    return null;
  } catch (error) {
    return problem("resolver-refused", { file: operation.path, reason: (error as Error).message });
  }
}

/** chronyd reads its sources anew while it runs; systemd's two have no reload in Debian 12 and are restarted, which takes milliseconds. */
async function takeOver(run: CommandRunner, driver: ServiceDriver, daemon: ClientDaemon): Promise<HostProblem | null> {
  if (daemon === "chrony") {
    const { code, stdout, stderr } = await run(["chronyc", "reload", "sources"], { timeoutMs: 10_000 });
    return code === 0 ? null : problem("daemon-refused", { service: daemon, reason: (stderr + stdout).trim() });
  }
  const outcome = await driver.restart(daemon);
  return outcome.ok ? null : problem("daemon-refused", { service: daemon, reason: outcome.reason });
}

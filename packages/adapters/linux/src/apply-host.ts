import { renderIpBatch, renderIpOperation } from "./ip-operation.ts";
import type { IpOperation } from "./ip-operation.ts";
import { renderTableReplacement } from "./nftables.ts";
import type { HostPlan } from "./plan-host.ts";
import type { HostProblem } from "./problem.ts";
import { problem } from "./problem.ts";
import type { CommandRunner } from "./run.ts";
import { applySysctl } from "./sysctl.ts";

/**
 * Carries a plan out, in batches: one nft transaction, two `ip -batch`, the sysctls, one nft transaction for what leaves.
 * Filters come before the forwarding that they restrain, and leave after it. Returns what was refused; the rest is done.
 */
export async function applyHost(run: CommandRunner, plan: HostPlan): Promise<HostProblem[]> {
  const problems: HostProblem[] = [];
  const note = (found: HostProblem | null): void => {
    if (found !== null) problems.push(found);
  };
  note(await applyNft(run, plan.tables.replace.map(renderTableReplacement).join("")));
  note(await applyIpBatch(run, plan.linkOperations, []));
  note(await applyIpBatch(run, plan.routeOperations, ["-force"]));
  for (const { key, value } of plan.sysctls) {
    try {
      await applySysctl(key, value);
    } catch (error) {
      note(problem("sysctl-refused", { key, value, reason: (error as Error).message }));
    }
  }
  note(await applyNft(run, plan.tables.remove.map((name) => `delete table inet ${name}\n`).join("")));
  return problems;
}

async function applyNft(run: CommandRunner, text: string): Promise<HostProblem | null> {
  if (text === "") return null;
  const { code, stderr } = await run(["nft", "-f", "-"], { input: text });
  return code === 0 ? null : problem("nft-refused", { reason: stderr.trim() });
}

async function applyIpBatch(
  run: CommandRunner,
  operations: readonly IpOperation[],
  options: readonly string[],
): Promise<HostProblem | null> {
  if (operations.length === 0) return null;
  const { code, stderr } = await run(["ip", ...options, "-batch", "-"], { input: renderIpBatch(operations) });
  if (code === 0) return null;
  const line = Number(/Command failed -:(\d+)/.exec(stderr)?.[1] ?? 0);
  const failed = operations[line - 1];
  const command = failed === undefined ? "ip -batch" : `ip ${renderIpOperation(failed)}`;
  const reason = stderr
    .replaceAll(/Command failed -:\d+/g, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, "; ");
  return problem("ip-refused", { command, reason });
}

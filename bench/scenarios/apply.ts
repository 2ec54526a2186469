import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import type { Run, Scenario } from "../../tests/harness/scenario.ts";
import { Stand } from "../../tests/harness/stand.ts";

const counts = [1, 10] as const;

/** Time from an accepted apply until every kernel has what it says, and the memory that Rackway's own processes hold then. */
export const apply: Scenario = {
  name: "apply",
  summary: "Apply to converged for 1 and for 10 virtual routers on three controllers; memory of agent and server",
  runs: 6,
  thresholds: [],
  setUp: async (progress) => {
    const stand = await Stand.up({
      name: "bench-apply",
      racks: ["rack-a"],
      onProgress: progress,
      edit: (document) => void (document.spec.virtualRouters = []),
    });
    return { run: (index) => measure(stand, counts[index % counts.length] ?? 1), tearDown: () => stand.down() };
  },
};

async function measure(stand: Stand, count: number): Promise<Run> {
  const document = structuredClone(stand.document);
  const template = { rack: "rack-a", publicVip: { ipv4: "auto", ipv6: "auto" }, managementVip: { ipv4: "auto", ipv6: "auto" } };
  const routers = Array.from({ length: count }, (_, index) => ({ name: `vr-${index + 1}`, ...structuredClone(template) }));
  const text = stringify({ ...document, spec: { ...document.spec, virtualRouters: routers } });
  const startedAt = performance.now();
  await stand.controlPlane.apply("bench.yaml", text);
  await stand.controlPlane.converged();
  const convergedMs = performance.now() - startedAt;
  const agentMb = Math.max(...(await Promise.all(stand.controllers().map((host) => agentMemoryMb(stand, host)))));
  const serverMb = memoryMb(readFileSync(`/proc/${stand.controlPlane.serverPid ?? 0}/status`, "utf8"));
  await stand.controlPlane.apply("bench.yaml", stringify({ ...document, spec: { ...document.spec, virtualRouters: [] } }));
  await stand.controlPlane.converged();
  return { group: `${count} router${count === 1 ? "" : "s"}`, values: { convergedMs, agentMb, serverMb }, failures: [] };
}

async function agentMemoryMb(stand: Stand, host: string): Promise<number> {
  const { stdout } = await stand.lab.sh(host, "cat /proc/$(pgrep -f 'rackway-agent.mjs run' | head -1)/status");
  return memoryMb(stdout);
}

function memoryMb(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

import { summarise, type Summary } from "./programs/summary.ts";

/** What one run of a scenario found. A run is never left out: one that threw has its error among the failures. */
export type Run = {
  /** Runs are summarised by group: the victim's kind, the peer that is compared. */
  group: string;
  /** Measured numbers, with the unit at the end of the name (`blackoutMs`). */
  values: Record<string, number>;
  /** What did not hold; empty when all did. */
  failures: string[];
  /** Whatever helps to understand the run later. */
  details?: unknown;
};

/** A bound on a statistic of one value over all runs, or over those of one group. */
export type Threshold = { value: string; group?: string; statistic: keyof Summary; atMost?: number; atLeast?: number };

export type Session = { run: (index: number) => Promise<Run>; tearDown: () => Promise<void> };

/** A failure that is caused on purpose, some times over, and measured. */
export type Scenario = {
  name: string;
  /** One sentence: what is done, and what must hold. */
  summary: string;
  /** The count that the issue names. */
  runs: number;
  thresholds: readonly Threshold[];
  setUp: (progress: (text: string) => void) => Promise<Session>;
};

export type ScenarioReport = {
  scenario: string;
  startedAt: string;
  tookMs: number;
  runs: Run[];
  /** By group, then by value. */
  summaries: Record<string, Record<string, Summary>>;
  /** In words; empty when the scenario has passed. */
  missed: string[];
};

/** Runs a scenario `runs` times in one session. Whatever happens, also when `interrupt` aborts it, the session is taken down. */
export async function runScenario(
  scenario: Scenario,
  runs: number,
  progress: (text: string) => void,
  interrupt: AbortSignal = new AbortController().signal,
): Promise<ScenarioReport> {
  const startedAt = new Date();
  const done: Run[] = [];
  let broken: string | undefined;
  try {
    const session = await scenario.setUp(progress);
    try {
      const interrupted = new Promise<never>((_, reject) => interrupt.addEventListener("abort", () => reject(new Error("interrupted"))));
      interrupted.catch(() => {});
      for (let index = 0; index < runs && !interrupt.aborted; index++) {
        const attempt = Promise.race([session.run(index), interrupted]);
        const run = await attempt.catch((error: unknown): Run => ({ group: "failed", values: {}, failures: [wordsOf(error)] }));
        done.push(run);
        progress(`run ${index + 1} of ${runs}: ${renderRun(run)}`);
      }
    } finally {
      await session.tearDown();
    }
  } catch (error) {
    broken = wordsOf(error);
  }
  const missed = [...(broken === undefined ? [] : [broken]), ...missedBy(done), ...missedThresholds(scenario.thresholds, done)];
  const tookMs = Date.now() - startedAt.getTime();
  return { scenario: scenario.name, startedAt: startedAt.toISOString(), tookMs, runs: done, summaries: summariesOf(done), missed };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function renderRun({ group, values, failures }: Run): string {
  const numbers = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  return [group, ...numbers, ...failures.map((failure) => `FAILED: ${failure}`)].join(", ");
}

export function summariesOf(runs: readonly Run[]): ScenarioReport["summaries"] {
  const summaries: ScenarioReport["summaries"] = {};
  for (const group of new Set(runs.map((run) => run.group))) {
    const members = runs.filter((run) => run.group === group);
    const names = new Set(members.flatMap(({ values }) => Object.keys(values)));
    const entries = [...names].map((name) => [name, summarise(members.flatMap(({ values }) => values[name] ?? []))] as const);
    summaries[group] = Object.fromEntries(entries.flatMap(([name, summary]) => (summary === null ? [] : [[name, summary]])));
  }
  return summaries;
}

function missedBy(runs: readonly Run[]): string[] {
  return runs.flatMap(({ failures }, index) => failures.map((failure) => `run ${index + 1}: ${failure}`));
}

/** A threshold whose value nobody measured is missed, too. */
export function missedThresholds(thresholds: readonly Threshold[], runs: readonly Run[]): string[] {
  return thresholds.flatMap(({ value, group, statistic, atMost, atLeast }) => {
    const members = group === undefined ? runs : runs.filter((run) => run.group === group);
    const found = summarise(members.flatMap(({ values }) => values[value] ?? []))?.[statistic];
    const name = `${statistic} of ${value}${group === undefined ? "" : ` (${group})`}`;
    if (found === undefined) return [`${name}: not measured`];
    if (atMost !== undefined && found > atMost) return [`${name}: ${found}, at most ${atMost} promised`];
    return atLeast !== undefined && found < atLeast ? [`${name}: ${found}, at least ${atLeast} promised`] : [];
  });
}

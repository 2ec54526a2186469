import { parseArgs } from "node:util";
import path from "node:path";
import { observeCircumstances, renderReports, writeResults } from "./results.ts";
import { runScenario, type Scenario, type ScenarioReport } from "./scenario.ts";
import { renderTable } from "./table.ts";

const options = {
  runs: { type: "string" },
  results: { type: "string" },
  list: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * The command line of `npm run soak` and `npm run bench`: runs the named scenarios (none: all) one after the other, prints a table, writes
 * the results. Returns the exit code: 0 passed, 1 a threshold was missed or a run failed, 2 wrong usage. `prepare` is called once, before the
 * first scenario and not for a question: what the hosts of a lab run is made there.
 */
export async function runScenarios(
  program: string,
  scenarios: readonly Scenario[],
  argv: readonly string[],
  prepare: () => Promise<void>,
): Promise<number> {
  const usage = `Usage: npm run ${program} -- [SCENARIO ...] [--runs N] [--results DIRECTORY] [--list]`;
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const refuse = (problem: string): number => {
    process.stderr.write(`${program}: ${problem}\n${usage}\n`);
    return 2;
  };
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    return refuse((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help === true) say(`${usage}\n`);
  if (values.help === true || values.list === true) {
    say(
      renderTable(
        ["scenario", "runs", "what"],
        scenarios.map(({ name, runs, summary }) => [name, String(runs), summary]),
      ),
    );
    return 0;
  }
  const unknown = positionals.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) return refuse(`no scenario ${unknown.join(", ")}; there are: ${scenarios.map(({ name }) => name).join(", ")}`);
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) return refuse(`--runs ${values.runs}: a count of 1 or more is needed`);
  const chosen = positionals.length === 0 ? scenarios : scenarios.filter(({ name }) => positionals.includes(name));
  const circumstances = observeCircumstances(["npm run", program, ...(argv.length > 0 ? ["--", ...argv] : [])].join(" "));
  await prepare();
  const reports: ScenarioReport[] = [];
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());
  for (const scenario of chosen) {
    if (interrupt.signal.aborted) break;
    const progress = (text: string): void => say(`${scenario.name}: ${text}`);
    const report = await runScenario(scenario, runs ?? scenario.runs, progress, interrupt.signal);
    reports.push(report);
    const directory = values.results ?? path.join(import.meta.dirname, "../../bench/results");
    for (const file of writeResults(directory, report, circumstances)) say(`${scenario.name}: wrote ${path.relative(process.cwd(), file)}`);
  }
  say(`\n${renderReports(reports)}`);
  return reports.some(({ missed }) => missed.length > 0) ? 1 : 0;
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options, allowPositionals: true });
}

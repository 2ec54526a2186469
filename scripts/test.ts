import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildPayload, runNode } from "./payload.ts";

/**
 * `npm test`: types, lint, format, unit tests, then lab tests against real labs. Ends with `N passed, N failed[, N skipped]`, non-zero on any
 * failure. `npm test -- --unit` leaves the labs out; `npm test -- --lab NAME…` runs the lab tests whose file names contain a word.
 */
type Tally = { passed: number; failed: number; skipped: number };

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    unit: { type: "boolean", default: false },
    lab: { type: "boolean", default: false },
  },
});

const total: Tally = { passed: 0, failed: 0, skipped: 0 };

function add(tally: Tally): void {
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped;
}

/** One check that passes or fails as a whole. */
async function check(name: string, argv: readonly string[]): Promise<void> {
  console.log(`\n== ${name}`);
  const ok = await runNode(argv).then(
    () => true,
    () => false,
  );
  console.log(`${ok ? "ok" : "FAILED"}: ${name}`);
  add({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });
}

type VitestReport = { numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests: number; success: boolean };

/** Of vitest.config.ts. */
const projects = { unit: ["unit"], lab: ["lab", "lab-wide"] };

async function vitest(project: keyof typeof projects): Promise<void> {
  console.log(`\n== ${project} tests`);
  const folder = mkdtempSync(join(tmpdir(), "rackway-test-"));
  const file = join(folder, "report.json");
  try {
    const argv = [
      "node_modules/vitest/vitest.mjs",
      "run",
      ...projects[project].flatMap((name) => ["--project", name]),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ];
    await runNode([...argv, ...positionals]).catch(() => undefined);
    add(readTally(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that left no report, or that failed outside of its tests, has failed. */
function readTally(file: string): Tally {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as VitestReport;
    const outside = !report.success && report.numFailedTests === 0 ? 1 : 0;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + outside,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

if (!flags.lab) {
  await check("types", ["node_modules/typescript-native/bin/tsc", "-p", "tsconfig.json"]);
  await check("types of the web UI", ["node_modules/typescript-native/bin/tsc", "-p", "apps/web/tsconfig.json"]);
  await check("lint", ["node_modules/eslint/bin/eslint.js", ".", "--max-warnings", "0"]);
  await check("format", ["node_modules/prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."]);
  await vitest("unit");
}
if (!flags.unit) {
  await buildPayload();
  await vitest("lab");
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { observeCircumstances, renderReports, writeResults } from "./results.ts";
import { summariesOf, type Run, type ScenarioReport } from "./scenario.ts";

const directory = mkdtempSync(path.join(tmpdir(), "rackway-results-"));
afterAll(() => rmSync(directory, { recursive: true }));

const runs: Run[] = [
  { group: "power cut", values: { blackoutMs: 900 }, failures: [] },
  { group: "failed", values: {}, failures: ["no power"] },
];
const report: ScenarioReport = {
  scenario: "cut",
  startedAt: "2026-01-02T03:04:05.678Z",
  tookMs: 61_000,
  runs,
  summaries: summariesOf(runs),
  missed: ["run 2: no power"],
};

describe("results", () => {
  it("are written with every run, the command, the machine and the versions; and never over an older one", () => {
    const circumstances = observeCircumstances("npm run soak -- cut");
    const [json, markdown] = writeResults(directory, report, circumstances);
    expect(json).toBe(path.join(directory, "2026-01-02T030405Z-cut.json"));
    const written = JSON.parse(readFileSync(json!, "utf8")) as Record<string, unknown>;
    expect(written).toMatchObject({ command: "npm run soak -- cut", scenario: "cut", runs, missed: ["run 2: no power"] });
    expect(written["machine"]).toMatchObject({ cores: expect.any(Number) as number, kernel: expect.stringMatching(/^\d/) as string });
    expect(written["versions"]).toMatchObject({ node: process.version });
    const text = readFileSync(markdown!, "utf8");
    expect(text).toContain("| 1 | power cut | 900 |  |");
    expect(text).toContain("| 2 | failed |  | no power |");
    expect(() => writeResults(directory, report, circumstances)).toThrow("EEXIST");
  });
  it("are shown as a table with what was missed", () => {
    expect(renderReports([report])).toContain("cut: MISSED: run 2: no power");
    expect(renderReports([{ ...report, missed: [] }])).toContain("cut: passed");
  });
});

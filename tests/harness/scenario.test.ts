import { describe, expect, it } from "vitest";
import { summarise } from "./programs/summary.ts";
import { missedThresholds, runScenario, summariesOf, type Run, type Scenario } from "./scenario.ts";
import { renderMarkdownTable, renderTable } from "./table.ts";

const run = (group: string, blackoutMs: number, failures: string[] = []): Run => ({ group, values: { blackoutMs }, failures });
function scenario(over: Partial<Scenario> & { runOnce?: (index: number) => Promise<Run> } = {}): Scenario & { log: string[] } {
  const log: string[] = [];
  const runOnce = over.runOnce ?? ((index: number) => Promise.resolve(run("all", index)));
  const setUp = (): Promise<{ run: typeof runOnce; tearDown: () => Promise<void> }> =>
    Promise.resolve({ run: runOnce, tearDown: () => Promise.resolve(void log.push("down")) });
  return { name: "test", summary: "", runs: 3, thresholds: [], setUp, log, ...over };
}
const silent = (): void => {};

describe("summaries", () => {
  it("of nothing are null; of one value are that value; the median of an even count lies between the two in the middle", () => {
    expect(summarise([])).toBeNull();
    expect(summarise([7])).toEqual({ count: 1, min: 7, median: 7, p95: 7, max: 7 });
    expect(summarise([4, 1, 3, 2])).toEqual({ count: 4, min: 1, median: 2.5, p95: 4, max: 4 });
  });
  it("the 95th percentile is by nearest rank: of twenty runs the second worst, of a hundred the sixth worst", () => {
    expect(summarise(Array.from({ length: 20 }, (_, n) => n + 1))?.p95).toBe(19);
    expect(summarise(Array.from({ length: 100 }, (_, n) => 100 - n))?.p95).toBe(95);
  });
  it("are made group by group", () => {
    const summaries = summariesOf([run("DC", 1800), run("other", 700), run("DC", 1900)]);
    expect(summaries["DC"]?.["blackoutMs"]).toMatchObject({ count: 2, median: 1850 });
    expect(summaries["other"]?.["blackoutMs"]).toMatchObject({ count: 1, median: 700 });
  });
});

describe("thresholds", () => {
  const runs = [run("DC", 1800), run("other", 700)];
  it("hold at their bound, and are missed beyond it", () => {
    expect(missedThresholds([{ value: "blackoutMs", group: "other", statistic: "median", atMost: 700 }], runs)).toEqual([]);
    expect(missedThresholds([{ value: "blackoutMs", group: "DC", statistic: "median", atMost: 1799 }], runs)).toHaveLength(1);
    expect(missedThresholds([{ value: "blackoutMs", statistic: "min", atLeast: 701 }], runs)).toHaveLength(1);
  });
  it("that nobody measured are missed", () => {
    expect(missedThresholds([{ value: "lost", statistic: "max", atMost: 0 }], runs)).toEqual(["max of lost: not measured"]);
  });
});

describe("running a scenario", () => {
  it("keeps every run, also one that throws, which is a miss; and takes the session down", async () => {
    const flaky = scenario({
      runOnce: (index) => (index === 1 ? Promise.reject(new Error("no power")) : Promise.resolve(run("all", index))),
    });
    const report = await runScenario(flaky, 3, silent);
    expect(report.runs).toHaveLength(3);
    expect(report.missed).toEqual(["run 2: no power"]);
    expect(flaky.log).toEqual(["down"]);
  });
  it("reports a failed assertion of a run as a miss", async () => {
    const report = await runScenario(scenario({ runOnce: () => Promise.resolve(run("all", 1, ["two owners"])) }), 1, silent);
    expect(report.missed).toEqual(["run 1: two owners"]);
  });
  it("that cannot be set up is a miss, not a crash", async () => {
    const report = await runScenario(scenario({ setUp: () => Promise.reject(new Error("no lab")) }), 3, silent);
    expect(report).toMatchObject({ runs: [], missed: ["no lab"] });
  });
  it("ends when it is interrupted, in the middle of a run, and takes the session down", async () => {
    const interrupt = new AbortController();
    const endless = scenario({ runOnce: () => new Promise<Run>(() => setTimeout(() => interrupt.abort(), 5)) });
    const report = await runScenario(endless, 3, silent, interrupt.signal);
    expect(report.missed).toEqual(["run 1: interrupted"]);
    expect(endless.log).toEqual(["down"]);
  });
});

describe("tables", () => {
  it("align words left and numbers right", () => {
    expect(
      renderTable(
        ["name", "ms"],
        [
          ["a", "5"],
          ["long name", "1234"],
        ],
      ),
    ).toBe("name       ms\n---------  ----\na             5\nlong name  1234");
  });
  it("in Markdown escape what would break a row", () => {
    expect(renderMarkdownTable(["a"], [["x|y"]])).toBe("| a |\n| --- |\n| x\\|y |");
  });
});

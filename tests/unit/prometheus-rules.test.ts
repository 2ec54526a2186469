/** The alert rules: promtool(1) takes them, each fires when it must and is quiet when it must be, and each leads to a page that tells what to do. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";

import { readMarkdown } from "./docs/read-markdown.ts";
import { ensurePromtool, promtool } from "./prometheus/promtool.ts";
import type { RuleCase } from "./prometheus/rule-cases.ts";
import { ruleCases } from "./prometheus/rule-cases.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

const root = path.resolve(import.meta.dirname, "../..");
const rulesFile = path.join(root, "ops/prometheus/rackway.rules.yaml");
const { groups } = parse(readFileSync(rulesFile, "utf8")) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

let program = "";
let folder = "";
beforeAll(() => {
  program = ensurePromtool();
  folder = mkdtempSync(path.join(tmpdir(), "rackway-rules-"));
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rules are evaluated so often; for one that waits a day that would be 6,000 times. */
const stepOf = (rule: Pick<Rule, "for">): number => (seconds(rule.for ?? "0s") > 3600 ? 300 : 15);

function seconds(duration: string): number {
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[duration.slice(-1)];
  if (unit === undefined) throw new Error(`${duration} is no duration`);
  return Number(duration.slice(0, -1)) * unit;
}

/** When an alert is to fire, and when it is not. */
interface Look {
  readonly atSeconds: number;
  readonly isFiring: boolean;
}

/** One of promtool's tests: these series, looked at once or more. Each costs it a database. */
function ruleTest(alert: string, series: RuleCase["fires"], looks: readonly Look[], stepSeconds = 15): unknown {
  const samples = Math.ceil(Math.max(...looks.map(({ atSeconds }) => atSeconds)) / stepSeconds) + 1;
  return {
    name: `${alert}: ${looks.map(({ atSeconds, isFiring }) => `${isFiring ? "firing" : "quiet"} at ${atSeconds} s`).join(", ")}`,
    interval: `${stepSeconds}s`,
    input_series: Object.entries(series).map(([name, values]) => ({
      series: name,
      values: /^[-\d.]+$/.test(values) ? `${values}x${samples}` : values,
    })),
    promql_expr_test: looks.map(({ atSeconds, isFiring }) => ({
      expr: `max(ALERTS{alertname="${alert}",alertstate="firing"})`,
      eval_time: `${atSeconds}s`,
      exp_samples: isFiring ? [{ labels: "{}", value: 1 }] : [],
    })),
  };
}

function testsOf(rule: Rule): unknown[] {
  const found = ruleCases[rule.alert];
  if (found === undefined) return [];
  const [waitSeconds, stepSeconds] = [seconds(rule.for ?? "0s"), stepOf(rule)];
  const atSeconds = found.at === undefined ? waitSeconds + 2 * stepSeconds : seconds(found.at);
  const isEarly = found.at === undefined && waitSeconds > stepSeconds;
  const early = isEarly ? [{ atSeconds: waitSeconds - stepSeconds, isFiring: false }] : [];
  return [
    ruleTest(rule.alert, found.fires, [...early, { atSeconds, isFiring: true }], stepSeconds),
    ruleTest(rule.alert, found.quiet, [{ atSeconds, isFiring: false }], stepSeconds),
  ];
}

function runTests(tests: readonly unknown[], stepSeconds = 15): void {
  const file = path.join(folder, "cases.yaml");
  writeFileSync(file, stringify({ rule_files: [rulesFile], evaluation_interval: `${stepSeconds}s`, tests }));
  promtool(program, ["test", "rules", file], folder);
}

test("promtool takes the rules, and the scrape configuration", () => {
  promtool(program, ["check", "rules", rulesFile], root);
  promtool(program, ["check", "config", "--syntax-only", path.join(root, "ops/prometheus/scrape.yaml")], root);
});

test("every alert has its case, and every case its alert", () => {
  expect(Object.keys(ruleCases).toSorted()).toEqual(rules.map(({ alert }) => alert).toSorted());
});

test("every alert fires when it must, not before its time, and not when all is well", { timeout: 120_000 }, () => {
  for (const step of new Set(rules.map(stepOf))) runTests(rules.filter((rule) => stepOf(rule) === step).flatMap(testsOf), step);
});

test("and these tests see an alert that does not fire, and one that does", () => {
  const { fires, quiet } = ruleCases.RackwayQuorumLost ?? { fires: {}, quiet: {} };
  expect(() => runTests([ruleTest("RackwayQuorumLost", quiet, [{ atSeconds: 60, isFiring: true }])])).toThrow(/RackwayQuorumLost/);
  expect(() => runTests([ruleTest("RackwayQuorumLost", fires, [{ atSeconds: 60, isFiring: false }])])).toThrow(/RackwayQuorumLost/);
});

test("what an alert says is filled in", () => {
  const annotations = {
    summary: "The connection table of router vr-a on ctl-a1 is 97.27% full: new connections are refused at 100 %",
    runbook_url: "docs/when-something-fails.md#when-an-alert-comes",
  };
  const alert = { exp_labels: { severity: "critical", router: "vr-a", host: "ctl-a1" }, exp_annotations: annotations };
  const { fires = {} } = ruleCases.RackwayConnectionTableFull ?? {};
  runTests([
    {
      interval: "15s",
      input_series: Object.entries(fires).map(([series, values]) => ({ series, values: `${values}x10` })),
      alert_rule_test: [{ eval_time: "1m", alertname: "RackwayConnectionTableFull", exp_alerts: [alert] }],
    },
  ]);
});

describe.each(rules.map((rule) => [rule.alert, rule] as const))("%s", (alert, { labels, annotations }) => {
  test("leads to a page, whose list has it", () => {
    expect(labels.severity).toMatch(/^(critical|warning|info)$/);
    const [file = "", anchor = ""] = (annotations["runbook_url"] ?? "").split("#");
    const text = readFileSync(path.join(root, file), "utf8");
    expect([...readMarkdown(text).anchors]).toContain(anchor);
    expect(text).toContain(`\`${alert}\``);
  });
});

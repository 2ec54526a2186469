/** No rule and no panel asks for what the server does not tell, and no metric is told that Prometheus would refuse. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";

import { showCluster } from "../../apps/server/src/testing/seen-cluster.ts";
import { startTestServer } from "../../apps/server/src/testing/test-server.ts";
import type { TestServer } from "../../apps/server/src/testing/test-server.ts";
import { grafanaDashboard } from "../../scripts/grafana-dashboard.ts";
import { ensurePromtool, promtool } from "./prometheus/promtool.ts";

const root = path.resolve(import.meta.dirname, "../..");

let server: TestServer;
let scraped = "";
beforeAll(async () => {
  server = await startTestServer();
  await showCluster(server);
  const answer = await server.app.inject({ method: "GET", url: "/metrics", headers: { authorization: `Bearer ${server.adminToken}` } });
  scraped = answer.payload;
});
afterAll(() => server.stop());

/** Every series name, and every label that a series of that name has. */
function told(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of scraped.matchAll(/^([a-z_]+)(?:\{(.*)\})? /gm)) {
    const known = found.get(name) ?? new Set();
    for (const [, label = ""] of labels.matchAll(/([a-z_]+)="/g)) known.add(label);
    found.set(name, known);
  }
  return found;
}

/** Names in a PromQL expression, each with the labels that it is asked by. */
function asked(expression: string): { name: string; labels: string[] }[] {
  return [...expression.matchAll(/\b((?:rackway|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(([, name = "", labels = ""]) => ({
    name,
    labels: [...labels.matchAll(/([a-z_]+)(?:=|!)/g)].map(([, label = ""]) => label),
  }));
}

/** Prometheus puts `job` and `instance` on whatever it scrapes. */
function strangers(expressions: readonly string[]): string[] {
  const known = told();
  return expressions.flatMap(asked).flatMap(({ name, labels }) => {
    const has = known.get(name);
    if (has === undefined) return [name];
    return labels.filter((label) => label !== "job" && label !== "instance" && !has.has(label)).map((label) => `${name}{${label}}`);
  });
}

test("rules ask only for metrics and labels that the server tells", () => {
  const { groups } = parse(readFileSync(path.join(root, "ops/prometheus/rackway.rules.yaml"), "utf8")) as {
    groups: { rules: { expr: string }[] }[];
  };
  const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
  expect(expressions.flatMap(asked).length).toBeGreaterThan(30);
  expect(strangers(expressions)).toEqual([]);
});

test("so does the dashboard", () => {
  const expressions = [...JSON.stringify(grafanaDashboard()).matchAll(/"(?:expr|query)":("(?:[^"\\]|\\.)*")/g)].map(
    ([, text = '""']) => JSON.parse(text) as string,
  );
  expect(expressions.flatMap(asked).length).toBeGreaterThan(30);
  expect(strangers(expressions)).toEqual([]);
});

test("and a name or label that is none is seen", () => {
  expect(strangers(["rackway_routr_active == 0", 'rackway_host_online{hots="a"} == 0'])).toEqual([
    "rackway_routr_active",
    "rackway_host_online{hots}",
  ]);
});

test("promtool finds nothing wrong with what the server tells", { timeout: 600_000 }, () => {
  promtool(ensurePromtool(), ["check", "metrics"], root, scraped);
});

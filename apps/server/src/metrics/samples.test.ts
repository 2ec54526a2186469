import { expect, it } from "vitest";

import { writeVips } from "./from-status.ts";
import { Histogram } from "./histogram.ts";
import { Samples } from "./samples.ts";

it("writes a label's quotes, backslashes and line ends so that they end nothing", () => {
  const samples = new Samples();
  samples.add("rackway_build_info", { version: 'a"b\\c\nd' }, 1);
  expect(samples.render()).toBe(
    '# HELP rackway_build_info 1; the version of the server.\n# TYPE rackway_build_info gauge\nrackway_build_info{version="a\\"b\\\\c\\nd"} 1\n',
  );
});

it("writes nothing of what cannot be seen, not even its family", () => {
  const samples = new Samples();
  samples.add("rackway_revision", {}, null);
  expect(samples.render()).toBe("");
});

it("writes a histogram's buckets as sums from below, a value on a bound in it", () => {
  const times = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) times.observe(value);
  const samples = new Samples();
  samples.addHistogram("rackway_http_request_duration_seconds", { method: "GET", route: "/x", code: "200" }, times);
  const values = [...samples.render().matchAll(/_(bucket|sum|count)\{.*?(?:le="([^"]+)")?\} (\S+)/g)].map(([, kind, bound, value]) => [
    kind,
    bound,
    value,
  ]);
  expect(values).toEqual([
    ["bucket", "0.1", "2"],
    ["bucket", "1", "3"],
    ["bucket", "+Inf", "4"],
    ["sum", undefined, "7.65"],
    ["count", undefined, "4"],
  ]);
});

it("says of a failover VIP who has it, and not that nobody announces it: nobody is to", () => {
  const vip = { name: "db", namespace: "db", family: 4, address: "10.0.0.9" } as const;
  const told = { ...vip, eligible: ["a", "b"], owners: ["a"], announcedBy: [], health: "up" as const, reason: "", ageMs: 100 };
  const samples = new Samples();
  writeVips(samples, { vips: [{ ...told, mode: "failover" }] });
  expect(samples.render()).toContain('rackway_vip_owners{vip="db",family="ipv4",mode="failover",namespace="db"} 1');
  expect(samples.render()).not.toContain("announcers");
});

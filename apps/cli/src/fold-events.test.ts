import type { ApiEvent } from "@rackway/schema";
import { expect, test } from "vitest";

import { foldEvents } from "./fold-events.ts";

let id = 0;
const event = (second: number, host: string, kind: string, reason: string, subject = `host/${host}`): ApiEvent => ({
  id: ++id,
  at: new Date(Date.UTC(2026, 10, 22, 3, 0, second)).toISOString(),
  source: `host/${host}`,
  kind,
  subject,
  reason,
  data: {},
});

const folded = (events: ApiEvent[]) => foldEvents(events).map(({ event: { kind, source }, count }) => `${source} ${kind} ${count}`);

test("a boot is a line for each kind and host, though the hosts' events come mixed", () => {
  const boot = [0, 1, 2].flatMap((second) =>
    ["ctl-a1", "ctl-a2"].map((host) => event(second, host, "service-started", `service ${second}: revision 2`)),
  );
  expect(folded(boot)).toEqual(["host/ctl-a1 service-started 3", "host/ctl-a2 service-started 3"]);
  expect(foldEvents(boot)[0]).toMatchObject({ event: { at: "2026-11-22T03:00:00.000Z" }, until: "2026-11-22T03:00:02.000Z" });
});

test("a line begins anew after a minute", () => {
  const events = [0, 60, 61].map((second) => event(second, "ctl-a1", "sysctl-changed", "put back"));
  expect(folded(events)).toEqual(["host/ctl-a1 sysctl-changed 2", "host/ctl-a1 sysctl-changed 1"]);
});

test("what is grave is folded only with the same reason", () => {
  const taken = (second: number, reason: string) => event(second, "ctl-a1", "vips-taken", reason, "router/vr-a");
  expect(folded([taken(0, "took over 203.0.113.2"), taken(1, "took over 10.10.1.100")])).toHaveLength(2);
  expect(folded([taken(0, "took over 203.0.113.2"), taken(5, "took over 203.0.113.2")])).toEqual(["host/ctl-a1 vips-taken 2"]);
});

test("what differs in its subject stays apart", () => {
  expect(
    folded([event(0, "ctl-a1", "host-online", "seen", "host/ctl-a2"), event(0, "ctl-a1", "host-online", "seen", "host/ctl-a3")]),
  ).toHaveLength(2);
});

import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CheckerEvent } from "@rackway/schema";
import { checkerEventSchema, hostEventSchema, severityOfEvent } from "@rackway/schema";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { CheckerLogs, foldCheckerEvents, parseCheckerEvents } from "./checker-events.ts";

const at = "2026-01-02T03:04:05.678Z";

function told(change: Partial<CheckerEvent> = {}): CheckerEvent {
  return { at, kind: "vip-down", namespace: "edge", vip: "api", address: "10.77.0.5", reason: "tcp 80: connection refused", ...change };
}

/** So many VIPs of both families, all told of within one second. */
function many(count: number, change: (index: number) => Partial<CheckerEvent> = () => ({})): CheckerEvent[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    [`10.77.${index >> 8}.${index & 255}`, `fd00:77::${index.toString(16)}`].map((address) =>
      told({
        vip: `vip-${index}`,
        address,
        at: new Date(Date.parse("2026-01-02T03:04:05Z") + (index % 1000)).toISOString(),
        ...change(index),
      }),
    ),
  );
}

const fold = (events: readonly CheckerEvent[]) => foldCheckerEvents(events, "ctl-a1").map((one) => hostEventSchema.parse(one));

describe("what becomes of a VIP", () => {
  test("is one event of it, at the checker's own time, with its addresses and the reason", () => {
    expect(fold([told(), told({ address: "fd00:77::5" })])).toEqual([
      {
        at,
        kind: "vip-down",
        subject: "vip/api",
        reason: "ctl-a1 finds 10.77.0.5, fd00:77::5 down: tcp 80: connection refused",
        data: { host: "ctl-a1", namespace: "edge", addresses: ["10.77.0.5", "fd00:77::5"] },
      },
    ]);
  });

  test("has words and a gravity for each kind that a checker tells of", () => {
    const kinds = checkerEventSchema.shape.kind.options;
    const events = fold(kinds.map((kind) => told({ kind, reason: "why" })));
    expect(events.map(({ kind, reason }) => `${severityOfEvent(kind)}: ${reason}`)).toEqual([
      "info: ctl-a1 finds 10.77.0.5 up: why",
      "warning: ctl-a1 finds 10.77.0.5 down: why",
      "info: ctl-a1 announces 10.77.0.5: why",
      "warning: ctl-a1 no longer announces 10.77.0.5: why",
      "critical: ctl-a1 goes on announcing 10.77.0.5: why",
      "warning: ctl-a1 holds 10.77.0.5 back: why",
    ]);
  });

  test("is told apart where address, reason or second differ", () => {
    expect(fold([told(), told({ address: "fd00:77::5", reason: "tcp 80: no answer within 500 ms" })])).toHaveLength(2);
    expect(fold([told(), told({ at: "2026-01-02T03:04:06.678Z" })])).toHaveLength(2);
  });
});

describe("what becomes of many VIPs at once", () => {
  test("is one event of their namespace, with their number and some of them", () => {
    const events = fold([...many(1000), ...many(1000, () => ({ kind: "vip-withdrawn" }))]);
    expect(events.map(({ kind, subject, reason }) => `${kind} ${subject} ${reason}`)).toEqual([
      "vip-down namespace/edge ctl-a1 finds 1000 VIPs of edge (vip-0, vip-1, vip-2, …) down: tcp 80: connection refused",
      "vip-withdrawn namespace/edge ctl-a1 no longer announces 1000 VIPs of edge (vip-0, vip-1, vip-2, …): tcp 80: connection refused",
    ]);
    expect(events[0]?.data).toMatchObject({ count: 1000 });
    expect(events[0]?.data.vips).toContain("vip-99");
  });

  test("is told for each VIP while they are few", () => {
    expect(fold(many(5)).map(({ subject }) => subject)).toEqual(["vip/vip-0", "vip/vip-1", "vip/vip-2", "vip/vip-3", "vip/vip-4"]);
    expect(fold(many(6)).map(({ subject }) => subject)).toEqual(["namespace/edge"]);
  });

  test("is one event also where each has a reason of its own", () => {
    const events = fold(many(100, (index) => ({ reason: index < 2 ? "no route to it" : `tcp ${index}: connection refused` })));
    expect(events.map(({ reason }) => reason)).toEqual([
      "ctl-a1 finds 100 VIPs of edge (vip-0, vip-1, vip-2, …) down: no route to it (and 98 other reasons)",
    ]);
  });

  test("is told of each namespace by itself", () => {
    expect(fold(many(100, (index) => ({ namespace: `ns-${index % 2}` }))).map(({ subject }) => subject)).toEqual([
      "namespace/ns-0",
      "namespace/ns-1",
    ]);
  });
});

test("a line that is no event of ours says nothing", () => {
  expect(
    parseCheckerEvents(`{"at":"2026-\n{}\n\n${JSON.stringify(told())}\n${JSON.stringify({ ...told(), kind: "vip-of-tomorrow" })}\n`),
  ).toEqual([told()]);
});

describe("the files of a host's checkers", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "checker-events-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (namespace: string, second: number): void => {
    mkdirSync(join(folder, `rw-${namespace}-check`), { recursive: true });
    const line = JSON.stringify(told({ namespace, at: `2026-01-02T03:04:0${second}.000Z` }));
    appendFileSync(join(folder, `rw-${namespace}-check`, "events"), `${line}\n`);
  };

  test("are told from when the agent began, also of a namespace that it learns of later; oldest first", async () => {
    const logs = new CheckerLogs(folder, "ctl-a1", new Date("2026-01-02T03:04:03Z"));
    const seconds = async (...namespaces: string[]): Promise<string[]> =>
      (await logs.take(namespaces)).map(({ at: when, data }) => `${String(data.namespace)} ${when.slice(18, 19)}`);
    write("edge", 1);
    write("edge", 5);
    write("far", 2);
    write("far", 4);
    expect(await seconds("edge")).toEqual(["edge 5"]);
    write("edge", 6);
    expect(await seconds("edge", "far")).toEqual(["far 4", "edge 6"]);
    expect(await seconds("edge", "far")).toEqual([]);
    await logs.close();
  });

  test("are read to their end when the state names a namespace no more", async () => {
    const logs = new CheckerLogs(folder, "ctl-a1", new Date(0));
    write("edge", 1);
    expect(await logs.take(["edge"])).toHaveLength(1);
    write("edge", 2);
    expect(await logs.take([])).toHaveLength(1);
    // A checker that is stopped withdraws, says so, and leaves nothing behind.
    write("edge", 3);
    rmSync(join(folder, "rw-edge-check"), { recursive: true });
    expect(await logs.take([])).toHaveLength(1);
    expect(await logs.take([])).toEqual([]);
    write("edge", 4);
    expect(await logs.take([])).toEqual([]);
    await logs.close();
  });
});

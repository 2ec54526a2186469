import { describe, expect, test } from "vitest";

import { failoverEvents } from "./failover-events.ts";
import type { ServiceSight } from "./service-watch.ts";

const seen = (held: boolean, more: Partial<ServiceSight> = {}): ServiceSight[] =>
  [["10.0.1.9", 4] as const, ["fd00::9", 6] as const].map(([address, family]) => ({
    ...{ namespace: "haproxy", vip: "shop", mode: "failover" as const, family, address, held },
    ...{ health: "up" as const, reason: "http 8482: status 200", since: null, hold: null },
    ...more,
  }));
const told = (before: ServiceSight[] | null, after: ServiceSight[] | null): string[] =>
  failoverEvents("ctl-a1", before, after).map(({ kind, subject, reason }) => `${kind} ${subject}: ${reason}`);

describe("failover VIPs between two looks", () => {
  test("that came are told of once for both families", () => {
    expect(told(seen(false), seen(true))).toEqual(["vip-taken vip/shop: ctl-a1 took over 10.0.1.9, fd00::9"]);
  });

  test("that left where their service had failed are told of with its reason", () => {
    expect(told(seen(true), seen(false))).toEqual(["vip-released vip/shop: ctl-a1 gave up 10.0.1.9, fd00::9"]);
    const failed = seen(true, { health: "down", reason: "http 8482: connection refused" });
    expect(told(failed, seen(false))).toEqual([
      "vip-released vip/shop: ctl-a1 gave up 10.0.1.9, fd00::9: its service was down here (http 8482: connection refused)",
    ]);
  });

  test("are not told of after no look, nor where nothing has changed, nor in another mode", () => {
    expect([...told(null, seen(true)), ...told(seen(true), null), ...told(seen(true), seen(true)), ...told([], seen(true))]).toEqual([]);
    expect(told(seen(false, { mode: "roaming" }), seen(true, { mode: "roaming" }))).toEqual([]);
  });
});

import type { ProxyBackendSight } from "@rackway/services";
import { expect, test } from "vitest";

import { backendEvents } from "./proxy-watch.ts";

const sights = (...healths: ProxyBackendSight["health"][]) =>
  new Map([
    [
      "shop",
      healths.map((health, index) => ({ vip: "shop", port: 80, backend: `10.0.0.${index + 1}:80`, health, reason: "Layer4 timeout" })),
    ],
  ]);
const told = (...looks: [ReturnType<typeof sights>, ReturnType<typeof sights>]): string[] =>
  backendEvents("ctl-a1", ...looks).map(({ kind, subject, reason }) => `${kind} ${subject} ${reason}`);

test("a backend that goes, comes back, or is down from the first is told of, and nothing else", () => {
  expect(told(sights("up", "up", "down"), sights("up", "down", "up"))).toEqual([
    "backend-down vip/shop ctl-a1: backend 10.0.0.2:80 of port 80 is down: Layer4 timeout",
    "backend-up vip/shop ctl-a1: backend 10.0.0.3:80 of port 80 is up: Layer4 timeout",
  ]);
  expect(told(new Map(), sights("up", "down", "unknown"))).toEqual([
    "backend-down vip/shop ctl-a1: backend 10.0.0.2:80 of port 80 is down: Layer4 timeout",
  ]);
  expect(told(sights("unknown", "up"), sights("up", "unknown"))).toEqual([]);
});

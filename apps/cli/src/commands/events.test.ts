import { describe, expect, test } from "vitest";

import { parseEventStart } from "./events.ts";

describe("where events begin", () => {
  test.each([
    ["1207", { id: 1207 }],
    ["10m", { agoMs: 600_000 }],
    ["2h", { agoMs: 7_200_000 }],
    ["3d", { agoMs: 259_200_000 }],
    ["2026-11-22T13:00:00Z", { at: "2026-11-22T13:00:00.000Z" }],
    ["2026-11-22T13:00", { at: "2026-11-22T13:00:00.000Z" }],
    ["2026-11-22T13:00:00+02:00", { at: "2026-11-22T11:00:00.000Z" }],
    ["2026-11-22", { at: "2026-11-22T00:00:00.000Z" }],
    ["yesterday", null],
    ["2026-13-45", null],
    ["-5", null],
    ["", null],
  ])("%j", (text, start) => expect(parseEventStart(text)).toEqual(start));
});

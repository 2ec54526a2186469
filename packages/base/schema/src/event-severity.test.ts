import { describe, expect, test } from "vitest";

import { eventSeverities, kindsFrom, severityOfEvent } from "./event-severity.ts";

describe("how grave an event is", () => {
  test("follows from its kind; what is not known is routine", () => {
    expect(["router-lost", "vips-taken", "service-started", "of-tomorrow"].map(severityOfEvent)).toEqual([
      "critical",
      "warning",
      "info",
      "info",
    ]);
  });

  test("is asked for as a least: all kinds, or those that are named", () => {
    expect(kindsFrom("info")).toBeNull();
    for (const least of eventSeverities) {
      const kinds = kindsFrom(least) ?? [];
      expect(kinds.every((kind) => eventSeverities.indexOf(severityOfEvent(kind)) >= eventSeverities.indexOf(least))).toBe(true);
    }
    expect(kindsFrom("critical")).toContain("router-lost");
    expect(kindsFrom("critical")).not.toContain("vips-taken");
    expect(kindsFrom("warning")).toEqual(expect.arrayContaining(["router-lost", "vips-taken"]));
  });
});

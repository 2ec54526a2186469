import type { StatusProblem } from "@rackway/schema";
import { expect, test } from "vitest";

import { ProblemWatch } from "./problem-watch.ts";

const problem = (code: string): StatusProblem => ({
  severity: "warning",
  code,
  subject: "host/ctl-a1",
  message: "",
  hint: null,
  since: null,
});

test("a problem has the time when it was first seen, until it has been gone; what was there at the start has none", () => {
  const watch = new ProblemWatch();
  expect(watch.since("a", "host/ctl-a1", "t0")).toBeNull();
  watch.note([problem("a")], "t1");
  watch.note([problem("a"), problem("b")], "t2");
  watch.note([problem("a"), problem("b")], "t3");
  expect(watch.since("a", "host/ctl-a1", "t4")).toBeNull();
  expect(watch.since("b", "host/ctl-a1", "t4")).toBe("t2");
  expect(watch.since("b", "host/ctl-a2", "t4")).toBe("t4");
  watch.note([], "t4");
  watch.note([problem("a")], "t5");
  expect(watch.since("a", "host/ctl-a1", "t6")).toBe("t5");
});

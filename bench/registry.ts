import type { Scenario } from "../tests/harness/scenario.ts";
import { fabric } from "./scenarios/fabric.ts";

/** All benchmarks, in the order in which they run when none is named. A new one is a file in scenarios/ and a line here. */
export const scenarios: readonly Scenario[] = [fabric];

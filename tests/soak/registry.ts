import type { Scenario } from "../harness/scenario.ts";
import { linkCut } from "./scenarios/link-cut.ts";

/** All soak scenarios, in the order in which they run when none is named. A new one is a file in scenarios/ and a line here. */
export const scenarios: readonly Scenario[] = [linkCut];

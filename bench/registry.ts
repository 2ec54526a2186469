import type { Scenario } from "../tests/harness/scenario.ts";
import { apply } from "./scenarios/apply.ts";
import { compileVips } from "./scenarios/compile-vips.ts";
import { detection } from "./scenarios/detection.ts";
import { dns } from "./scenarios/dns.ts";
import { fabric } from "./scenarios/fabric.ts";
import { failover } from "./scenarios/failover.ts";
import { haproxy } from "./scenarios/haproxy.ts";
import { planning } from "./scenarios/planning.ts";
import { throughput } from "./scenarios/throughput.ts";
import { vips } from "./scenarios/vips.ts";

/** All benchmarks, in the order in which they run when none is named. A new one is a file in scenarios/ and a line here. */
export const scenarios: readonly Scenario[] = [planning, compileVips, fabric, throughput, apply, vips, dns, haproxy, detection, failover];

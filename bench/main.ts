/**
 * Bench: Rackway beside its peers on the same fabric, in one run. `npm run bench -- --list` names the benchmarks; results, with the machine
 * and all versions, go to bench/results.
 */
import { buildPayload } from "../scripts/payload.ts";
import { runScenarios } from "../tests/harness/run-scenarios.ts";
import { scenarios } from "./registry.ts";

process.exitCode = await runScenarios("bench", scenarios, process.argv.slice(2), buildPayload);

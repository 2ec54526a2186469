/**
 * Soak: the scenarios of the lab tests, with the counts and thresholds that the promises name. `npm run soak -- --list` names them.
 */
import { buildPayload } from "../../scripts/payload.ts";
import { runScenarios } from "../harness/run-scenarios.ts";
import { scenarios } from "./registry.ts";

process.exitCode = await runScenarios("soak", scenarios, process.argv.slice(2), buildPayload);

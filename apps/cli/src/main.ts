import { main } from "./run.ts";
import { processIo } from "./process-io.ts";

// The exit code is set, not forced: what is still in the pipes gets out first.
process.exitCode = await main(process.argv.slice(2), processIo());
process.stdin.unref?.();

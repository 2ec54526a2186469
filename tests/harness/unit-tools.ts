import { ensureTools } from "@rackway/lab";

import { ensurePromtool } from "../unit/prometheus/promtool.ts";

/** Before any unit test: what the machine may lack and a test needs is fetched here, where no test's own bound counts. */
export async function setup(): Promise<void> {
  await ensureTools({ chromium: "chromium" }, (text) => console.log(text));
  ensurePromtool();
}

import { openSqliteStore } from "@rackway/store";

import { buildApp } from "./app.ts";
import { systemSources } from "./clock.ts";
import { ControlPlane } from "./control-plane.ts";
import { createLogger } from "./logger.ts";
import { Observations } from "./observations.ts";
import { Operations } from "./operations.ts";
import { serverVersion } from "./version.ts";

/** The API's OpenAPI 3.1 description, made from the routes of a server that never listens (docs/reference/openapi.json). */
export async function describeApi(): Promise<unknown> {
  const store = await openSqliteStore({ path: ":memory:" });
  const plane = new ControlPlane({ store, sources: systemSources, adminToken: "", metricsToken: "" });
  const services = { plane, observations: new Observations(plane), operations: new Operations(plane), version: serverVersion };
  const app = await buildApp(services, createLogger("silent"));
  try {
    return app.swagger();
  } finally {
    await app.close();
    await store.close();
  }
}

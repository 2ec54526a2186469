/**
 * The server: the one place where a document becomes the truth, and where everything that was seen comes together.
 *
 * What it models. A document comes in, is planned against the current revision and made the next one in a single transaction (`changes.ts`);
 * every host's state is compiled from it (`current-view.ts`) and handed to that host's agent by long poll (`agent-hub.ts`,
 * `agent-answer.ts`); agents report what they see (`observations.ts`, `report-book.ts`), and status is made of reports alone (`status.ts`).
 * Drain, pause and move are operators' acts beside revisions (`host-operations.ts`, `operations.ts`). Several servers may share one
 * PostgreSQL: each hears what the others commit (`peers.ts`), and one of them leads.
 *
 * What it promises. Nothing on the hosts needs it to be there. A change is on the disk before it is answered. Bad input changes nothing
 * and gets a problem (RFC 9457) that says what to do (`problem-answers.ts`). A host's token reaches that host's things alone
 * (`authorisation.ts`); no token or key is in a log, in the database in the clear (keys apart, which agents fetch), or in any answer but
 * the one that hands it out.
 *
 * What it is asked for by Prometheus (`metrics/`) is made from that same status at each scrape; only events and requests are counted.
 *
 * How it is built. `createServer(options)` does nothing; `start()` opens the database and listens. `ControlPlane` holds what is current;
 * routes (`routes/`) are thin, and their schemas, from `@rackway/schema`, make the OpenAPI description (`openapi.ts`). SQLite's calls
 * block the event loop for their (short) time. Time and randomness come from `Sources`.
 */
export { buildApp } from "./app.ts";
export { systemSources } from "./clock.ts";
export type { Sources } from "./clock.ts";
export { describeApi } from "./describe-api.ts";
export { createLogger } from "./logger.ts";
export { metricCatalogue, renderMetricReference } from "./metrics/catalogue.ts";
export { createServer } from "./server.ts";
export type { RackwayServer, RunningServer, ServerOptions } from "./server.ts";

/**
 * The typed way to `/api/v1`, for the command line, the agent and tests.
 *
 * What it models: one function an endpoint, bodies as `@rackway/schema` says. A refused request is a `RackwayError` with the server's own
 * code, text, hint and issues (RFC 9457); a server that cannot be reached, is too slow or answers something else is one, too. Nothing is
 * retried here except by `agentLongPoll` and `followEvents`, which are loops by nature: they back off with jitter, and go on.
 *
 * Where it departs: it stands on `node:http`, not on undici or fetch. Loaded, those cost an agent 16 to 23 MB of memory (measured on
 * Node 24), and neither is needed for one connection to one server. Answers are not validated again: a newer server may send more.
 *
 * Addresses: `http://HOST:PORT`, `https://HOST:PORT`, `unix:///run/rackway/server.sock`. The token goes into one header and nowhere else.
 *
 * Files: `server-address.ts`, `connection.ts` (one request), `operator-api.ts` and `client.ts` (operators), `agent-client.ts` (agents and
 * their long poll), `event-stream.ts` and `stream-messages.ts` (server-sent events), `back-off.ts`; `browser.ts`, an entry of its own, is the same over fetch.
 */
export * from "./agent-client.ts";
export * from "./api-request.ts";
export * from "./back-off.ts";
export * from "./client.ts";
export * from "./connection.ts";
export * from "./event-stream.ts";
export * from "./operator-api.ts";
export * from "./server-address.ts";
export * from "./stream-messages.ts";

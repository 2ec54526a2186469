/**
 * The shapes that everything else agrees on: the cluster document, the host state that the compiler makes of it,
 * the report that an agent sends, the status that an operator reads, and the API's bodies.
 */
export * from "./document.ts";
export * from "./host-state.ts";
export * from "./report.ts";
export * from "./status.ts";
export * from "./api.ts";
export * from "./api-agent.ts";

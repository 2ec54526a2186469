/**
 * Schema: the shapes that everything else agrees on, and the reader of the cluster document.
 *
 * The shapes are zod schemas with their types: the cluster document (`document.ts`, its values in `document-values.ts`), the host state that
 * the compiler makes of it, the report that an agent sends, the status that an operator reads, and the API's bodies.
 *
 * The reader, `parseDocument`, goes from text to a document with guarantees, in steps that each answer with issues and positions:
 * size → tokens, nesting counted (`read-yaml.ts`; `syntax-issues.ts` words its errors) → tree with positions (`read-tree.ts`, `located.ts`, `positions.ts`) → several documents joined
 * (`join-documents.ts`) → shape and values (`shape-issues.ts` words zod's findings) and names (`duplicate-names.ts`).
 *
 * It follows YAML 1.2.2 with the core schema. Where it departs: aliases, tags, merge keys, duplicate keys, and keys that are not plain text
 * are refused, because each makes it unclear where a value comes from; `%YAML 1.1` is refused, because it makes `no` a boolean.
 *
 * `json-schema.ts` publishes the document's JSON Schema (draft 2020-12) for editors; `document-reference.ts` its reference page.
 */
export * from "./checker-files.ts";
export * from "./corosync-name.ts";
export * from "./document.ts";
export { healthSchema } from "./document-vips.ts";
export { splitBackend, splitFabricGateway } from "./document-values.ts";
export * from "./host-state.ts";
export * from "./name-time-state.ts";
export * from "./proxy-state.ts";
export * from "./service-state.ts";
export * from "./movable-set.ts";
export * from "./routing-state.ts";
export * from "./report.ts";
export * from "./status.ts";
export * from "./api.ts";
export * from "./api-agent.ts";
export * from "./event-severity.ts";
export * from "./finding.ts";
export * from "./parse-document.ts";
export * from "./positions.ts";
export * from "./router-ids.ts";
export * from "./secret-option.ts";
export * from "./json-schema.ts";
export * from "./document-reference.ts";

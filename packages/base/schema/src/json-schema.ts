import { z } from "zod";

import { clusterDocumentSchema } from "./document.ts";

/** A JSON Schema, as plain JSON. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The cluster document's JSON Schema (draft 2020-12), as an operator writes the document: fields with defaults are optional. For editors
 * (`# yaml-language-server: $schema=…`), and for a first look by other tools. It is necessary, not sufficient: `parseDocument` looks closer at
 * addresses. docs/reference/cluster.schema.json is this; a test holds it.
 */
export function clusterJsonSchema(): JsonSchema {
  const generated = z.toJSONSchema(clusterDocumentSchema, { target: "draft-2020-12", io: "input", override: withoutMachineBounds });
  const { $schema, ...rest } = generated as Record<string, unknown>;
  return {
    $schema,
    $id: "urn:rackway:schema:v1:cluster",
    title: "Rackway cluster document",
    description: "Everything that one Rackway installation steers. Reference: docs/reference/document.md",
    ...rest,
  };
}

/** zod writes JavaScript's largest integers as bounds; nobody asked for them. */
function withoutMachineBounds({ jsonSchema }: { jsonSchema: { minimum?: number | undefined; maximum?: number | undefined } }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

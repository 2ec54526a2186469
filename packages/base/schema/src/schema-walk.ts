import type { FieldPath } from "@rackway/errors";
import { z } from "zod";

import { renderChoice } from "./describe-value.ts";
import { valueFacts } from "./document-values.ts";

type Schema = z.core.$ZodType;

/** A schema without its wrappers (optional, default). */
export function unwrapSchema(schema: Schema): Schema {
  let current = schema;
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault ||
    current instanceof z.ZodNullable
  ) {
    current = current.def.innerType;
  }
  return current;
}

/** The schema of a field, unwrapped; null where the path leads out of the schema. */
export function schemaAt(root: Schema, path: FieldPath): Schema | null {
  let current = unwrapSchema(root);
  for (const segment of path) {
    const next = childSchema(current, segment);
    if (next === null) return null;
    current = unwrapSchema(next);
  }
  return current;
}

function childSchema(schema: Schema, segment: string | number): Schema | null {
  if (schema instanceof z.ZodObject) return fieldsOf(schema)[String(segment)] ?? null;
  if (schema instanceof z.ZodArray) return schema.def.element;
  return schema instanceof z.ZodRecord ? schema.def.valueType : null;
}

/** The fields of an object schema, by name; own properties only. */
export function fieldsOf(schema: z.ZodObject): Readonly<Record<string, Schema>> {
  return Object.assign(Object.create(null) as Record<string, Schema>, schema.shape);
}

/** What a schema takes, in words: "a whole number from 1 to 4094", `"linux" or "openvswitch"`. Follows "must be". */
export function describeSchema(schema: Schema): string {
  const inner = unwrapSchema(schema);
  const facts = valueFacts.get(inner as z.ZodType);
  if (facts !== undefined) return facts.expects;
  if (inner instanceof z.ZodEnum) return renderChoice(inner.options.map((option) => JSON.stringify(option)));
  if (inner instanceof z.ZodLiteral) return renderChoice([...inner.values].map((value) => JSON.stringify(value)));
  if (inner instanceof z.ZodNumber) return describeNumber(inner);
  if (inner instanceof z.ZodBoolean) return "true or false";
  if (inner instanceof z.ZodString) return "text";
  if (inner instanceof z.ZodArray) return "a list";
  return "a mapping";
}

/** The bounds of a whole number; JavaScript's own are no bounds that anybody set. */
export function numberBounds(schema: z.ZodNumber): { minimum: number | null; maximum: number | null } {
  const bound = (value: number | null): number | null => (value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value);
  return { minimum: bound(schema.minValue), maximum: bound(schema.maxValue) };
}

function describeNumber(schema: z.ZodNumber): string {
  const { minimum, maximum } = numberBounds(schema);
  const kind = schema.isInt ? "a whole number" : "a number";
  if (minimum !== null && maximum !== null) return `${kind} from ${minimum} to ${maximum}`;
  if (minimum !== null) return `${kind}, ${minimum} or more`;
  return maximum === null ? kind : `${kind}, ${maximum} or less`;
}

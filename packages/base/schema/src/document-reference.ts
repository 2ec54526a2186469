import { z } from "zod";

import { clusterDocumentSchema } from "./document.ts";
import { valueFacts } from "./document-values.ts";
import { describeSchema, fieldsOf, unwrapSchema } from "./schema-walk.ts";

type Schema = z.core.$ZodType;

/** One field of a mapping, as the reference shows it. */
export interface FieldReference {
  readonly name: string;
  readonly type: string;
  /** `required`, `optional`, or the default as JSON. */
  readonly presence: string;
  readonly description: string;
}

/** One mapping of the document: `spec.racks[].networks[]`, its meaning and its fields. */
export interface MappingReference {
  readonly path: string;
  readonly description: string;
  readonly fields: readonly FieldReference[];
}

/** Every mapping of the document, from outside in. */
export function documentReference(): MappingReference[] {
  return mappingsOf(clusterDocumentSchema, "", "The whole document.");
}

/** docs/reference/document.md: every field, from the schema's own descriptions. Pure; a test holds the file to it. */
export function renderDocumentReference(): string {
  const sections = documentReference().map(({ path, description, fields }) => {
    const rows = fields.map((field) => `| ${[`\`${field.name}\``, field.type, field.presence, field.description].map(cell).join(" | ")} |`);
    const heading = path === "" ? "The document" : `\`${path}\``;
    return [`## ${heading}`, description, ["| Field | Value | Default | Meaning |", "|---|---|---|---|", ...rows].join("\n")].join("\n\n");
  });
  return `${[
    "# The cluster document",
    "<!-- Generated from packages/base/schema/src/document.ts by `npm run generate`. -->",
    "One YAML file, or several (`-f FILE`, `-f DIRECTORY`): the lists in `spec` of documents of the same cluster are put together, anything " +
      "else is given once. Names are unique within their list. YAML is version 1.2; aliases, tags and duplicate keys are refused. For editors " +
      "there is [a JSON Schema](cluster.schema.json); every error is explained in [the list of errors](errors.md).",
    ...sections,
    "## Values",
    ["| Value | Rule |", "|---|---|", ...valueRules().map(({ expects, rule }) => `| ${cell(expects)} | ${cell(rule)} |`)].join("\n"),
  ].join("\n\n")}\n`;
}

/** The kinds of value that have a rule of their own, each once, in the order of the document. */
function valueRules(): { readonly expects: string; readonly rule: string }[] {
  const rules = new Map<string, string>();
  const visit = (schema: Schema): void => {
    const inner = unwrapSchema(schema);
    const { expects, rule } = valueFacts.get(inner as z.ZodType) ?? {};
    if (expects !== undefined && rule !== undefined) rules.set(expects, rule);
    if (inner instanceof z.ZodObject) Object.values(fieldsOf(inner)).forEach(visit);
    else if (elementOf(inner).element !== inner) visit(elementOf(inner).element);
  };
  visit(clusterDocumentSchema);
  return [...rules].map(([expects, rule]) => ({ expects, rule }));
}

function mappingsOf(schema: z.ZodObject, path: string, description: string): MappingReference[] {
  const fields = Object.entries(fieldsOf(schema));
  const own = fields.map(([name, field]) => fieldReference(name, field));
  const inner = fields.flatMap(([name, field]) => {
    const { element, suffix } = elementOf(field);
    if (!(element instanceof z.ZodObject)) return [];
    return mappingsOf(element, `${path === "" ? "" : `${path}.`}${name}${suffix}`, descriptionOf(field));
  });
  return [{ path, description, fields: own }, ...inner];
}

/** What a list or record holds; `[]` and `.*` say that there can be several. */
function elementOf(schema: Schema): { element: Schema; suffix: string } {
  const inner = unwrapSchema(schema);
  if (inner instanceof z.ZodArray) return { element: unwrapSchema(inner.def.element), suffix: "[]" };
  if (inner instanceof z.ZodRecord) return { element: unwrapSchema(inner.def.valueType), suffix: ".*" };
  return { element: inner, suffix: "" };
}

function fieldReference(name: string, schema: Schema): FieldReference {
  return { name, type: typeOf(schema), presence: presenceOf(schema), description: descriptionOf(schema) };
}

function typeOf(schema: Schema): string {
  const inner = unwrapSchema(schema);
  const { element } = elementOf(inner);
  if (inner instanceof z.ZodArray) return `list: ${typeOf(element)}`;
  if (inner instanceof z.ZodRecord) return `mapping of ${describeSchema(inner.def.keyType)} to ${typeOf(element)}`;
  return inner instanceof z.ZodObject ? "mapping" : describeSchema(inner);
}

function presenceOf(schema: Schema): string {
  let current = schema;
  while (current instanceof z.ZodNullable) current = current.def.innerType;
  if (current instanceof z.ZodDefault || current instanceof z.ZodPrefault) return `\`${JSON.stringify(current.def.defaultValue)}\``;
  return current instanceof z.ZodOptional ? "optional" : "required";
}

/** The outermost description: the field's, before its value's. */
function descriptionOf(schema: Schema): string {
  const described = schema as z.ZodType;
  if (described.description !== undefined) return described.description;
  const isWrapper = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapper ? descriptionOf(schema.def.innerType) : "";
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

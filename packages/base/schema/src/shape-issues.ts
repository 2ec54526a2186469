import { excerpt, issue, issueAt, renderSuggestion } from "@rackway/errors";
import type { FieldPath, Issue } from "@rackway/errors";
import { z } from "zod";

import { describeValue } from "./describe-value.ts";
import { clusterDocumentSchema } from "./document.ts";
import { valueFacts } from "./document-values.ts";
import { renderOwner } from "./owner.ts";
import { isSecretOption } from "./secret-option.ts";
import type { Positions } from "./positions.ts";
import { describeSchema, fieldsOf, schemaAt } from "./schema-walk.ts";

type ShapeFault = z.core.$ZodIssue;

/** zod's findings as issues: a clear sentence, what to do, and the position of the very node. */
export function shapeIssues(faults: readonly ShapeFault[], root: unknown, positions: Positions): Issue[] {
  const context: Context = { root, positions };
  const found = faults.flatMap((fault) => {
    const path = fault.path.map((segment) => (typeof segment === "number" ? segment : String(segment)));
    return issuesOf(fault, path, context);
  });
  // A name that is both too long and of a wrong form is one fault.
  const seen = new Set<string>();
  return found.filter(({ code, path, message }) => {
    const key = JSON.stringify([code, path, message]);
    return seen.has(key) ? false : seen.add(key);
  });
}

interface Context {
  readonly root: unknown;
  readonly positions: Positions;
}

function issuesOf(fault: ShapeFault, path: FieldPath, context: Context): Issue[] {
  const value = valueAt(context.root, path);
  const schema = schemaAt(clusterDocumentSchema, path);
  const position = context.positions.locateValue(path);
  const place = { path, position };
  const field = renderField(path);
  const facts = schema === null ? undefined : valueFacts.get(schema as z.ZodType);
  switch (fault.code) {
    case "unrecognized_keys":
      return fault.keys.map((key) => unknownField(key, path, schema, context));
    case "invalid_key":
      return [keyIssue(path, context)];
    case "custom":
      return [customIssue(fault, path, context)];
    case "invalid_union":
      return unionIssues(fault, path, context);
    case "invalid_format":
    case "too_small":
    case "too_big":
      if (facts?.code === "name-invalid") return [issue("name-invalid", { found: describeValue(value) }, place)];
      if (fault.code === "invalid_format") {
        return [issue("field-format", { field, found: describeFound(value, path), wanted: facts?.expects ?? "of another form" }, place)];
      }
      return [rangeIssue(fault, path, value, schema, context)];
    default:
      return [typeIssue(fault, path, value, schema, context)];
  }
}

/** The value in words; of a fence device's secret, which may be where it must not be, only of what type it is. */
function describeFound(value: unknown, path: FieldPath): string {
  const option = path.at(-2) === "parameters" ? path.at(-1) : undefined;
  if (typeof option !== "string" || !isSecretOption(option)) return describeValue(value);
  return typeof value === "string" ? "the text given" : typeof value === "number" ? "a number" : describeValue(value);
}

/** A key of a record that breaks the rule for its keys. */
function keyIssue(path: FieldPath, context: Context): Issue {
  const record = schemaAt(clusterDocumentSchema, path.slice(0, -1));
  const facts = record instanceof z.ZodRecord ? valueFacts.get(record.keyType) : undefined;
  const place = { path, position: context.positions.locateKey(path) };
  const key = describeValue(path.at(-1));
  if (facts?.code === "name-invalid") return issue("name-invalid", { found: key }, place);
  const parameters = { field: renderField(path.slice(0, -1)), found: `the key ${key}`, wanted: facts?.expects ?? "of another form" };
  return issue("field-format", parameters, place);
}

function unknownField(key: string, path: FieldPath, schema: z.core.$ZodType | null, context: Context): Issue {
  const known = schema instanceof z.ZodObject ? Object.keys(fieldsOf(schema)) : [];
  const suggestion = renderSuggestion(key, known).trimStart();
  const parameters = {
    field: excerpt(key),
    where: renderOwner(path, context.root),
    suggestion: suggestion === "" ? "" : `${suggestion} `,
    known: known.join(", "),
  };
  return issue("field-unknown", parameters, { path: [...path, key], position: context.positions.locateKey([...path, key]) });
}

function typeIssue(fault: ShapeFault, path: FieldPath, value: unknown, schema: z.core.$ZodType | null, context: Context): Issue {
  const wanted = schema === null ? "of another type" : describeSchema(schema);
  const field = renderField(path);
  if (value === undefined) {
    const parameters = { field: String(path.at(-1)), where: renderOwner(path.slice(0, -1), context.root), wanted };
    return issue("field-missing", parameters, { path, position: context.positions.locate(path.slice(0, -1)) });
  }
  const place = { path, position: context.positions.locateValue(path) };
  if (fault.code === "invalid_value" && typeof value === "string") {
    const advice = renderSuggestion(value, fault.values.map(String)).trimStart();
    return issue("field-value", { field, allowed: wanted, found: describeValue(value), advice }, place);
  }
  return issue("field-type", { field, wanted, found: describeFound(value, path), advice: typeAdvice(wanted, value) }, place);
}

/** The commonest slips of YAML, named. */
function typeAdvice(wanted: string, value: unknown): string {
  if (value === null) return "Give a value, or remove the line.";
  if (wanted.includes("number") && typeof value === "string" && /^-?\d+$/.test(value)) return "Remove the quotes.";
  if (wanted === "true or false" && typeof value === "string") return "Write true or false, without quotes; YAML 1.2 has no yes and no.";
  if (wanted === "a list" && !Array.isArray(value)) return "Put it in brackets, or write one item a line, each with a hyphen.";
  if (wanted === "a mapping" && Array.isArray(value)) return "Write `field: value` lines, without hyphens.";
  const isPlain = typeof value === "number" || typeof value === "boolean";
  return isPlain && (wanted === "text" || wanted === "a name") ? `Put it in quotes: "${String(value)}".` : "";
}

function rangeIssue(
  fault: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  path: FieldPath,
  value: unknown,
  schema: z.core.$ZodType | null,
  context: Context,
): Issue {
  const place = { path, position: context.positions.locateValue(path) };
  const field = renderField(path);
  if (typeof value === "number") {
    const bound = schema === null ? "within its bounds" : describeSchema(schema);
    return issue("field-range", { field, bound, found: describeValue(value), advice: "" }, place);
  }
  const limit = fault.code === "too_small" ? `${fault.minimum} or more` : `${fault.maximum} or fewer`;
  if (typeof value === "string") {
    const bound = `text of ${limit} characters`;
    return issue("field-range", { field, bound, found: `of ${value.length}`, advice: "" }, place);
  }
  const count = Array.isArray(value) ? value.length : 0;
  const advice = count === 0 ? "Add what belongs there, or remove the field if it is optional." : "";
  return issue("field-range", { field, bound: `a list of ${limit}`, found: count === 0 ? "an empty one" : `of ${count}`, advice }, place);
}

function customIssue(fault: z.core.$ZodIssueCustom, path: FieldPath, context: Context): Issue {
  return issueAt(fault.params?.issue as Issue, { path, position: context.positions.locateValue(path) });
}

/** Of the alternatives, the one that is of the value's type says best what is wrong with it. */
function unionIssues(fault: z.core.$ZodIssueInvalidUnion, path: FieldPath, context: Context): Issue[] {
  const nearest = fault.errors.find((alternative) =>
    alternative.every(({ code, path: inner }) => code !== "invalid_type" || inner.length > 0),
  );
  if (nearest === undefined) return [typeIssue(fault, path, valueAt(context.root, path), schemaAt(clusterDocumentSchema, path), context)];
  return nearest.flatMap((inner) => issuesOf(inner, [...path, ...inner.path.map((segment) => segment as string | number)], context));
}

/** The last name of a path, quoted: `"mtu"`, `"ranges[0]"`; the document for the root. */
function renderField(path: FieldPath): string {
  const keyIndex = path.findLastIndex((segment) => typeof segment === "string");
  if (keyIndex < 0) return "the document";
  const indexes = path.slice(keyIndex + 1).map((segment) => `[${segment}]`);
  return `"${excerpt(String(path[keyIndex]))}${indexes.join("")}"`;
}

function valueAt(root: unknown, path: FieldPath): unknown {
  let current = root;
  for (const segment of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = (current as Record<string | number, unknown>)[segment];
  }
  return current;
}

import { DOMParser, XMLSerializer, type Document, type Element } from "@xmldom/xmldom";
import { parseVerdict, type Verdict } from "./verdict-word.ts";
import type { CibIntent, Constraint, Operation, Primitive, Resource } from "./resource.ts";

/**
 * The CIB as XML: our part put in, everybody else's left as it is. Ours is what has an id that begins with `rw-`, at the level where
 * sections have their children. xmldom keeps line breaks in attribute values (`&#10;`), in which our parameters carry whole files.
 */
const ours = /^rw-/;

/** Names of the two cluster properties that record who wrote last. */
export const epochProperty = "rackway-epoch";
export const revisionProperty = "rackway-revision";
/** What was decided about a revision that had to be confirmed (verdict.ts): `confirmed:TRIAL`, `undone:TRIAL`. It stays until the next one. */
export const verdictProperty = "rackway-verdict";

const propertySetId = "rw-properties";

export class CibShapeError extends Error {}

export function parseCib(xml: string): Document {
  const document = new DOMParser().parseFromString(xml, "text/xml");
  if (document.documentElement?.tagName !== "cib") throw new CibShapeError("not a CIB: the root element is not <cib>");
  return document;
}

/** The CIB with our part replaced by `intent`. Status section and foreign elements are as they were. */
export function patchCib(xml: string, intent: CibIntent): string {
  const document = parseCib(xml);
  replaceOurs(document, "crm_config", [propertySet(document, intent)]);
  replaceOurs(
    document,
    "resources",
    intent.resources.map((resource) => resourceElement(document, resource)),
  );
  replaceOurs(
    document,
    "constraints",
    intent.constraints.map((constraint) => constraintElement(document, constraint)),
  );
  setNodeAttributes(document, intent);
  raiseVersion(document);
  return new XMLSerializer().serializeToString(document);
}

/** A patch whose target is not newer than its source is refused as old: the next epoch, no updates. */
function raiseVersion(document: Document): void {
  const cib = document.documentElement as Element;
  cib.setAttribute("epoch", String(Number(cib.getAttribute("epoch") ?? "0") + 1));
  cib.setAttribute("num_updates", "0");
}

/** The CIB without anything of ours. */
export function stripCib(xml: string): string {
  const document = parseCib(xml);
  for (const section of ["crm_config", "resources", "constraints"]) replaceOurs(document, section, []);
  setNodeAttributes(document, null);
  raiseVersion(document);
  return new XMLSerializer().serializeToString(document);
}

export type CibRecord = { readonly epoch: number | null; readonly revision: number | null };

/** Who wrote our part last. */
export function readRecord(xml: string): CibRecord {
  const values = new Map(readProperties(parseCib(xml)));
  const read = (name: string): number | null => {
    const text = values.get(name);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
  };
  return { epoch: read(epochProperty), revision: read(revisionProperty) };
}

/** The last word on a revision that had to be confirmed. */
export function readVerdict(xml: string): Verdict | null {
  return parseVerdict(new Map(readProperties(parseCib(xml))).get(verdictProperty) ?? "");
}

/** The CIB with this word in it; all else is as it was. */
export function setVerdict(xml: string, { word, trial }: Verdict): string {
  const document = parseCib(xml);
  const config = section(document, "crm_config");
  const found = children(config).find((set) => set.getAttribute("id") === propertySetId);
  const set = found ?? make(document, "cluster_property_set", { id: propertySetId });
  if (found === undefined) config.appendChild(set);
  for (const pair of children(set)) if (pair.getAttribute("name") === verdictProperty) set.removeChild(pair);
  const id = `${propertySetId}-${verdictProperty}`;
  set.appendChild(make(document, "nvpair", { id, name: verdictProperty, value: `${word}:${trial}` }));
  raiseVersion(document);
  return new XMLSerializer().serializeToString(document);
}

function readProperties(document: Document): [string, string][] {
  return children(section(document, "crm_config"))
    .filter((set) => set.getAttribute("id") === propertySetId)
    .flatMap((set) => children(set))
    .map((pair) => [pair.getAttribute("name") ?? "", pair.getAttribute("value") ?? ""]);
}

/** Our elements, one string each by id: what two of them differ in is the drift. Canonical: attributes sorted. */
export function listOurs(xml: string): Map<string, string> {
  const document = parseCib(xml);
  const found = new Map<string, string>();
  for (const name of ["crm_config", "resources", "constraints"]) {
    for (const element of children(section(document, name))) {
      const id = element.getAttribute("id") ?? "";
      if (ours.test(id)) found.set(`${name}/${id}`, canonical(element));
    }
  }
  for (const node of children(section(document, "nodes"))) {
    for (const set of children(node)) {
      for (const pair of children(set)) {
        if (!ours.test(pair.getAttribute("name") ?? "")) continue;
        found.set(`nodes/${node.getAttribute("uname") ?? ""}/${pair.getAttribute("name") ?? ""}`, pair.getAttribute("value") ?? "");
      }
    }
  }
  return found;
}

function canonical(element: Element): string {
  const attributes = Array.from({ length: element.attributes.length }, (_, index) => element.attributes.item(index))
    .map((attribute) => `${attribute?.name}=${JSON.stringify(attribute?.value)}`)
    .sort();
  return `<${element.tagName} ${attributes.join(" ")}>${children(element).map(canonical).join("")}`;
}

function section(document: Document, name: string): Element {
  const configuration = children(document.documentElement as Element).find((element) => element.tagName === "configuration");
  const found = configuration && children(configuration).find((element) => element.tagName === name);
  if (!found) throw new CibShapeError(`not a CIB: <${name}> is missing`);
  return found;
}

function children(element: Element): Element[] {
  const found: Element[] = [];
  for (let child = element.firstChild; child; child = child.nextSibling) if (child.nodeType === 1) found.push(child as Element);
  return found;
}

function replaceOurs(document: Document, name: string, elements: readonly Element[]): void {
  const parent = section(document, name);
  for (const child of children(parent)) if (ours.test(child.getAttribute("id") ?? "")) parent.removeChild(child);
  for (const element of elements) parent.appendChild(element);
}

function make(document: Document, tag: string, attributes: Record<string, string>, content: readonly Element[] = []): Element {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of content) element.appendChild(child);
  return element;
}

function pairs(document: Document, tag: string, id: string, values: Readonly<Record<string, string>>): Element[] {
  const entries = Object.entries(values).filter(([, value]) => value !== "");
  if (entries.length === 0) return [];
  return [
    make(
      document,
      tag,
      { id },
      entries.map(([name, value]) => make(document, "nvpair", { id: `${id}-${name}`, name, value })),
    ),
  ];
}

function propertySet(document: Document, intent: CibIntent): Element {
  const verdict = new Map(readProperties(document)).get(verdictProperty);
  const values = {
    ...intent.properties,
    [epochProperty]: String(intent.epoch),
    [revisionProperty]: String(intent.revision),
    ...(verdict === undefined ? {} : { [verdictProperty]: verdict }),
  };
  return pairs(document, "cluster_property_set", propertySetId, values)[0] as Element;
}

function resourceElement(document: Document, resource: Resource): Element {
  const primitive = primitiveElement(document, resource.primitive);
  if (resource.kind === "primitive") return primitive;
  return make(document, "clone", { id: resource.id }, [
    ...pairs(document, "meta_attributes", `${resource.id}-meta`, resource.meta),
    primitive,
  ]);
}

function primitiveElement(document: Document, primitive: Primitive): Element {
  const words = primitive.agent.split(":");
  const [resourceClass, second, third] = words;
  const agent: Record<string, string> =
    third === undefined
      ? { class: resourceClass ?? "", type: second ?? "" }
      : { class: resourceClass ?? "", provider: second ?? "", type: third };
  const { id } = primitive;
  return make(document, "primitive", { id, ...agent }, [
    ...pairs(document, "meta_attributes", `${id}-meta`, primitive.meta),
    ...pairs(document, "instance_attributes", `${id}-params`, primitive.parameters),
    make(
      document,
      "operations",
      {},
      primitive.operations.map((operation) => operationElement(document, id, operation)),
    ),
  ]);
}

function operationElement(document: Document, resource: string, operation: Operation): Element {
  return make(document, "op", {
    id: `${resource}-${operation.name}-${operation.intervalMs}`,
    name: operation.name,
    interval: `${operation.intervalMs}ms`,
    timeout: `${operation.timeoutMs}ms`,
    ...(operation.onFail ? { "on-fail": operation.onFail } : {}),
  });
}

function constraintElement(document: Document, constraint: Constraint): Element {
  const { id } = constraint;
  switch (constraint.kind) {
    case "colocation":
      return make(document, "rsc_colocation", {
        id,
        rsc: constraint.resource,
        "with-rsc": constraint.with,
        score: String(constraint.score),
      });
    case "order":
      return make(document, "rsc_order", {
        id,
        first: constraint.first,
        then: constraint.then,
        kind: constraint.mode,
        symmetrical: String(constraint.symmetrical),
      });
    case "location": {
      const score =
        "fixed" in constraint.score ? { score: String(constraint.score.fixed) } : { "score-attribute": constraint.score.attribute };
      const expressions = constraint.tests.map((test, index) =>
        make(document, "expression", {
          id: `${id}-rule-${index}`,
          attribute: test.attribute,
          operation: test.operation,
          ...(test.value === undefined ? {} : { value: test.value }),
        }),
      );
      const rule = make(document, "rule", { id: `${id}-rule`, "boolean-op": constraint.join, ...score }, expressions);
      return make(document, "rsc_location", { id, rsc: constraint.resource }, [rule]);
    }
  }
}

/** Permanent node attributes of ours; the set that holds them may be Pacemaker's own (crm_attribute makes `nodes-ID`). */
function setNodeAttributes(document: Document, intent: CibIntent | null): void {
  for (const node of children(section(document, "nodes"))) {
    const name = node.getAttribute("uname") ?? "";
    for (const set of children(node)) if (ours.test(set.getAttribute("id") ?? "")) node.removeChild(set);
    const wanted = intent?.nodeAttributes[name];
    if (wanted)
      for (const set of pairs(document, "instance_attributes", `rw-node-${node.getAttribute("id") ?? ""}`, wanted)) node.appendChild(set);
  }
}

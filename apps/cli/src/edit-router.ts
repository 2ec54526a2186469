import { isDeepStrictEqual } from "node:util";
import { isCollection, isMap, isPair, isScalar, isSeq, type Node, type Pair, parse, parseAllDocuments, type YAMLMap } from "yaml";
import type { SourceFile } from "./issue-text.ts";
import type { Upstream } from "./upstream-words.ts";

/** Lists of upstreams of one virtual router, each in the place of the one that is there. */
export type UpstreamLists = Partial<Record<"dns" | "ntp", readonly Upstream[]>>;

/**
 * The same files with other lists of upstreams in one virtual router. Only the text of these lists is another: comments, order and
 * layout stay, so that `rackway export` differs from the operator's own file by what was changed. A service that the router does not have
 * yet is added to it. Null: no file has such a router. The files are those of a revision, so they are well-formed and without aliases.
 */
export function setUpstreams(files: readonly SourceFile[], router: string, lists: UpstreamLists): SourceFile[] | null {
  const at = files.findIndex(({ text }) => findRouter(text, router) !== null);
  if (at < 0) return null;
  return files.map((file, index) => (index === at ? { ...file, text: editFile(file.text, router, lists) } : file));
}

function editFile(before: string, router: string, lists: UpstreamLists): string {
  let text = before;
  for (const service of ["dns", "ntp"] as const) {
    const list = lists[service];
    if (list === undefined) continue;
    const edited = editService(text, router, service, list);
    if (!isDeepStrictEqual(valuesOf(edited), valuesWith(text, router, service, list)))
      throw new Error(`the edited document does not say what was meant: ${service} of ${router}`);
    text = edited;
  }
  return text;
}

function editService(text: string, router: string, service: string, list: readonly Upstream[]): string {
  const map = findRouter(text, router);
  if (map === null) throw new Error(`router ${router} has gone from its file`);
  const serviceMap = pairOf(map, service)?.value;
  const upstreams = isMap(serviceMap) ? pairOf(serviceMap, "upstreams")?.value : undefined;
  if (isSeq(upstreams)) return replaceList(text, upstreams, list);
  return addPair(
    text,
    map,
    isJson(text) ? `"${service}": {"upstreams": ${flow(text, list)}}` : `${service}: { upstreams: ${flow(text, list)} }`,
  );
}

function replaceList(text: string, node: Node & { flow?: boolean | undefined }, list: readonly Upstream[]): string {
  const start = node.range?.[0] ?? 0;
  const end = endOf(node);
  if (node.flow === true) return text.slice(0, start) + flow(text, list) + text.slice(end);
  const margin = " ".repeat(start - lineStart(text, start));
  // What stands behind the last item is about that item, which has gone.
  const rest = text.slice(end).replace(/^[ \t]+#[^\r\n]*/, "");
  return text.slice(0, start) + list.map((each) => `- ${renderOne(each)}`).join(`${lineEnd(text)}${margin}`) + rest;
}

function addPair(text: string, map: YAMLMap, pair: string): string {
  const end = endOf(map.items.at(-1));
  if (map.flow === true) return `${text.slice(0, end)}, ${pair}${text.slice(end)}`;
  const firstKey = (map.items[0]?.key as Node | undefined)?.range?.[0] ?? 0;
  const margin = " ".repeat(firstKey - lineStart(text, firstKey));
  const newline = /\r?\n|$/.exec(text.slice(end));
  const at = end + (newline?.index ?? 0);
  return `${text.slice(0, at)}${lineEnd(text)}${margin}${pair}${text.slice(at)}`;
}

/** Where what is written of a node ends: of a block, where its last value does, not the lines behind it. */
function endOf(node: unknown): number {
  if (isPair(node)) return endOf(node.value ?? node.key);
  if (isCollection(node) && node.flow !== true && node.items.length > 0) return endOf(node.items.at(-1));
  return (node as Node | undefined)?.range?.[1] ?? 0;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf("\n", at - 1) + 1;
}

function lineEnd(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function findRouter(text: string, router: string): YAMLMap | null {
  for (const document of parseAllDocuments(text)) {
    const routers = document.getIn(["spec", "virtualRouters"], true);
    const found = isSeq(routers) ? routers.items.find((item) => isMap(item) && item.get("name") === router) : undefined;
    if (isMap(found)) return found;
  }
  return null;
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** A file of JSON stays one. */
function isJson(text: string): boolean {
  return text.trimStart().startsWith("{");
}

function flow(text: string, list: readonly Upstream[]): string {
  return isJson(text) ? JSON.stringify(list) : `[${list.map(renderOne).join(", ")}]`;
}

function renderOne(upstream: Upstream): string {
  if (typeof upstream === "string") return renderScalar(upstream);
  return `{ ${Object.entries(upstream)
    .map(([key, value]) => `${key}: ${renderScalar(value)}`)
    .join(", ")} }`;
}

/** Quoted wherever it is not plainly text: JSON's strings are YAML's, too. */
function renderScalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(value) && parse(value) === value ? value : JSON.stringify(value);
}

function valuesOf(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

function valuesWith(text: string, router: string, service: string, list: readonly Upstream[]): unknown[] {
  return (valuesOf(text) as ({ spec?: { virtualRouters?: Record<string, unknown>[] } } | null)[]).map((document) => {
    for (const each of document?.spec?.virtualRouters ?? []) {
      if (each["name"] === router) each[service] = { ...(each[service] as object | undefined), upstreams: [...list] };
    }
    return document;
  });
}

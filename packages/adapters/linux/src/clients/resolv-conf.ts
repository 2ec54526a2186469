import type { ResolverState } from "@rackway/schema";

import { ourHeader } from "./our-text.ts";

/**
 * resolv.conf(5). Name servers are the document's. What the host has besides stays: the domains that its short names are tried in come after the
 * document's, timeouts and the like stay where the document says nothing of them.
 */
export function renderResolvConf({ nameservers, search, options }: ResolverState, kept: readonly string[]): string {
  // Of several lines the last one counts, `domain` and `search` alike.
  const own =
    kept
      .findLast((line) => searchKeywords.has(keywordOf(line)))
      ?.split(" ")
      .slice(1) ?? [];
  const domains = [...new Set([...search, ...own])];
  const lines = [
    ourHeader,
    ...(domains.length > 0 ? [`search ${domains.join(" ")}`] : []),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    ...kept.filter((line) => !searchKeywords.has(keywordOf(line)) && !(options.length > 0 && keywordOf(line) === "options")),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const searchKeywords: ReadonlySet<string> = new Set(["search", "domain"]);
const keptKeywords: ReadonlySet<string> = new Set([...searchKeywords, "options", "sortlist"]);

/**
 * Lines of a host's own resolv.conf that ours keeps. Not `trust-ad`: the host said that of its own name server, and a promise of one server is
 * none of another's.
 */
export function keptLines(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const keyword = keywordOf(line);
    if (!keptKeywords.has(keyword)) return [];
    const words = line.trim().split(/\s+/);
    const kept = keyword === "options" ? words.filter((word) => word !== "trust-ad") : words;
    return kept.length > 1 ? [kept.join(" ")] : [];
  });
}

/** Addresses of the `nameserver` lines, in their order. */
export function nameserversIn(text: string): string[] {
  return text.split("\n").flatMap((line) => (keywordOf(line) === "nameserver" ? (line.trim().split(/\s+/)[1] ?? []) : []));
}

/** A keyword begins its line. */
function keywordOf(line: string): string {
  return /^([a-z]+)\s/.exec(line)?.[1] ?? "";
}

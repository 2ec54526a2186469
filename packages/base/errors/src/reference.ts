import { catalogueParts, titleOf } from "./catalogue.ts";
import type { CatalogueEntry } from "./catalogue.ts";

const partTitles: Readonly<Record<keyof typeof catalogueParts, string>> = {
  document: "Reading the document",
  validation: "Checking the document as a whole",
  allocation: "Handing out addresses",
  plan: "What a plan foresees",
  net: "Single values",
  server: "The server's answers",
  cli: "The command line",
  host: "On the hosts",
  status: "What `status` finds",
  doctor: "What `doctor` finds besides",
};

/** docs/reference/errors.md: the whole catalogue. Pure; a test holds the file to it. */
export function renderErrorReference(): string {
  const parts = Object.entries(catalogueParts).flatMap(([part, entries]) => {
    const listed = Object.entries<CatalogueEntry>(entries);
    if (listed.length === 0) return [];
    return [`## ${partTitles[part as keyof typeof catalogueParts]}`, ...listed.map(([code, entry]) => renderEntry(code, entry))];
  });
  return `${[
    "# Errors",
    "<!-- Generated from packages/base/errors/src/catalogue.ts by `npm run generate`. -->",
    "Every error and warning has a code, printed in brackets: `cluster.yaml:12:9: error[address-invalid]: …`. Over HTTP the same comes as " +
      "`application/problem+json` (RFC 9457) with the code in `code` and in `type` (`urn:rackway:error:CODE`). " +
      "*Try again* says whether the same request can succeed without a change: `never`, `later`, `now`.",
    ...parts,
  ].join("\n\n")}\n`;
}

function renderEntry(code: string, entry: CatalogueEntry): string {
  const facts =
    entry.severity === "warning"
      ? `Warning${entry.inStatus === undefined ? "" : `, in status: ${entry.inStatus}`}`
      : `HTTP ${entry.status} · exit code ${entry.exitCode} · try again: ${entry.retry}`;
  const hint = entry.hint === "" || /^\{\w+\}$/.test(entry.hint) ? [] : [`What to do: ${entry.hint}`];
  return [`### \`${code}\``, `**${titleOf(code)}.** ${entry.about}`, `> ${entry.text}`, ...hint, facts].join("\n\n");
}

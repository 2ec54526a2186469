import type { DocumentRecord } from "@rackway/store";
import { Document } from "yaml";

/** A document as one YAML text. A single file is given back as it was written, with its comments; several are joined, without. */
export function exportDocument({ files, document }: DocumentRecord): string {
  const [only, ...more] = files;
  if (only !== undefined && more.length === 0) return only.text;
  return new Document(document).toString({ lineWidth: 140 });
}

import { RackwayError } from "@rackway/errors";
import type { SourceFile } from "./issue-text.ts";

/** Documents above this are not worth sending: the server would refuse the request before it has looked inside. */
const sendLimitBytes = 1024 * 1024;

/**
 * Refuses a document that is too large to be sent, with the parser's own words, so that hostile input is refused here as it would be
 * there. Everything else is left to the server, which knows its own version. Throws `document-refused` with the issues.
 */
export async function checkSize(files: readonly SourceFile[]): Promise<void> {
  const size = files.reduce((sum, file) => sum + Buffer.byteLength(file.text), 0);
  if (size <= sendLimitBytes) return;
  // Loaded when it is needed: the schemas would double the start of every command.
  const { parseDocument } = await import("@rackway/schema");
  const parsed = parseDocument(files.map(({ name, text }) => ({ name, text })));
  if (parsed.ok) return;
  throw new RackwayError("document-refused", `the document has ${parsed.issues.length} errors`, null, { issues: parsed.issues });
}

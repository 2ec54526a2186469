/**
 * The JSON documents in what vtysh(1) prints for several commands (or several daemons): one after the other, with a daemon's plain words in
 * between. What is not whole JSON is left out.
 */
export function parseJsonSequence(text: string): unknown[] {
  const documents: unknown[] = [];
  let at = 0;
  while (at < text.length) {
    const start = text.slice(at).search(/[[{]/);
    if (start < 0) break;
    const end = documentEnd(text, at + start);
    if (end === null) break;
    const piece = text.slice(at + start, end);
    try {
      documents.push(JSON.parse(piece));
    } catch {
      // Words with a bracket in them.
    }
    at = end;
  }
  return documents;
}

/** Index after the bracket that closes the one at `start`; null: none does. */
function documentEnd(text: string, start: number): number | null {
  let depth = 0;
  let isInString = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (isInString) {
      if (character === "\\") at += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}

import type { DocumentFile } from "@rackway/schema";

/** Text that is being written, and the revision that it began with. */
export interface Draft {
  readonly files: readonly DocumentFile[];
  /** Null: there was none yet. */
  readonly beganOn: number | null;
}

const key = "rackway-draft";

/** In the tab: a reload, a page that is looked up meanwhile, a server that is away lose nothing. */
export const draftStore = {
  read(): Draft | null {
    const text = sessionStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as Draft);
  },
  write: (draft: Draft): void => sessionStorage.setItem(key, JSON.stringify(draft)),
  forget: (): void => sessionStorage.removeItem(key),
};

/** Where a line and column (both from 1) lie in a text; null where the text has no such line. */
export function offsetOf(text: string, line: number, column: number): { readonly start: number; readonly end: number } | null {
  const lines = text.split("\n");
  const found = lines[line - 1];
  if (found === undefined) return null;
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return { start: before + Math.min(column - 1, found.length), end: before + found.length };
}

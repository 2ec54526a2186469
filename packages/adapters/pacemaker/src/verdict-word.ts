/**
 * What was decided about a revision that had to be confirmed, for all controllers of a Pacemaker cluster. `undone`: its time was over, and
 * nobody had said that it was confirmed. `confirmed` is last: only who has heard it from the server writes it, and the server does not take
 * it back.
 */
export interface Verdict {
  /** Which revision: its number alone could be another one's, of a database that was begun anew or put back from a copy. */
  readonly trial: string;
  readonly word: "confirmed" | "undone";
}

/** Of the property's value, `confirmed:7@1790000000000`; null: it is none. */
export function parseVerdict(text: string): Verdict | null {
  const match = /^(confirmed|undone):(\S+)$/.exec(text);
  return match === null ? null : { word: match[1] as Verdict["word"], trial: match[2] ?? "" };
}

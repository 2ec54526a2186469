import { usageFailure } from "./failure.ts";

/** What can be listed. */
export const listedKinds = ["vips", "networks", "hosts", "routers", "racks", "pools"] as const;
export type ListedKind = (typeof listedKinds)[number];

/** Words that `get` and `describe` take: plural, and singular as one says it for a single thing. */
export const kindNames: readonly string[] = [...listedKinds, "events", ...listedKinds.map(singular), "event"];

/** `host` for `hosts`. */
export function singular(kind: string): string {
  return kind.replace(/s$/, "");
}

/** The kind behind a word; the words were checked against `kindNames`. */
export function findKind(word: string): ListedKind | "events" {
  const found = [...listedKinds, "events" as const].find((kind) => kind === word || singular(kind) === word);
  if (found === undefined) throw usageFailure(`there is no kind "${word}"`, `kinds: ${kindNames.join(", ")}`);
  return found;
}

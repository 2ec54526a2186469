import { readFile } from "node:fs/promises";

import type { CheckedVip } from "@rackway/schema";
import { checkerStatusSchema } from "@rackway/schema";

import { jsonOf } from "./json-text.ts";

/** A checker writes every five seconds, and at every change. */
const staleAfterMs = 15_000;

/** What a namespace's checker says of its VIPs at the moment, by address; or why nothing is to be had from it, in words. */
export type CheckerWord =
  { readonly kind: "heard"; readonly vips: ReadonlyMap<string, CheckedVip> } | { readonly kind: "silent"; readonly reason: string };

/** Reads a checker's `status.json`. `now` is the wall clock, as the file's time is: one far in the future is as little worth as an old one. */
export async function readCheckerWord(path: string, now: Date): Promise<CheckerWord> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null ? { kind: "silent", reason: "no checker has said anything here" } : parseCheckerWord(text, now);
}

/** Pure. Reasons hold no age, which would be another one at each look: nothing is new in a silence that lasts. */
export function parseCheckerWord(text: string, now: Date): CheckerWord {
  const status = checkerStatusSchema.safeParse(jsonOf(text));
  if (!status.success) return { kind: "silent", reason: "what the checker says is not understood: it is of another version, or damaged" };
  const { at, vips } = status.data;
  if (Math.abs(now.getTime() - Date.parse(at)) > staleAfterMs) return { kind: "silent", reason: `the checker is silent since ${at}` };
  return { kind: "heard", vips: new Map(vips.map((vip) => [vip.address, vip])) };
}

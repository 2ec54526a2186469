import type { HostTable } from "./host-tables.ts";
import type { CommandRunner } from "./run.ts";

/**
 * nftables by nft(8). A table is replaced as a whole, in one transaction, and only when it differs from what is wanted; what is wanted is
 * known in the kernel's own words by loading it into a network namespace that exists for that moment only, so that no version of nft can
 * list a rule in a way that we did not expect. The same makes it the checker: a text that is refused there touches nothing.
 */
export type NormalForm = { readonly ok: true; readonly listing: string } | { readonly ok: false; readonly reason: string };

/** Text of one transaction that puts `table` in place of whatever has its name. The first line makes sure that there is something to delete. */
export function renderTableReplacement({ name, text }: HostTable): string {
  return `table inet ${name}\ndelete table inet ${name}\n${text}`;
}

/** Asks nft what the table looks like once loaded. Needs root; leaves nothing. */
export async function checkTable(run: CommandRunner, { text }: HostTable): Promise<NormalForm> {
  const script = "nft -f - && exec nft -j list ruleset";
  const { code, stdout, stderr } = await run(["unshare", "--net", "sh", "-c", script], { input: text, timeoutMs: 10_000 });
  return code === 0 ? { ok: true, listing: canonicalListing(stdout) } : { ok: false, reason: stderr.trim() };
}

/** `nft -j list …` without what changes by itself: handles, counters, metainfo. */
export function canonicalListing(json: string): string {
  const parsed = JSON.parse(json) as { readonly nftables?: readonly Readonly<Record<string, unknown>>[] };
  const entries = (parsed.nftables ?? []).filter((entry) => entry.metainfo === undefined);
  return JSON.stringify(entries, (key, value: unknown) => (key === "handle" || key === "packets" || key === "bytes" ? undefined : value));
}

/** Names of the `inet` tables in a listing of tables. */
export function tableNames(json: string): string[] {
  const parsed = JSON.parse(json) as {
    readonly nftables?: readonly { readonly table?: { readonly family?: string; readonly name?: string } }[];
  };
  return (parsed.nftables ?? []).flatMap(({ table }) => (table?.family === "inet" && table.name !== undefined ? [table.name] : []));
}

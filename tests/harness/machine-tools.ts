import { ensureTools } from "@rackway/lab";

/** Before any lab test: the instruments break and watch the tests' throw-away namespaces with the machine's own commands, and look at pages with its browser. */
export async function setup(): Promise<void> {
  await ensureTools({ nft: "nftables", tcpdump: "tcpdump", chromium: "chromium" }, (text) => console.log(text));
}

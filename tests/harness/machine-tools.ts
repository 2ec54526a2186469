import { ensureTools } from "@rackway/lab";

/** Before any lab test: the instruments break and watch the tests' throw-away namespaces with the machine's own commands. */
export async function setup(): Promise<void> {
  await ensureTools({ nft: "nftables", tcpdump: "tcpdump" }, (text) => console.log(text));
}

import type { Stand } from "./stand.ts";

/** What a server's time is ahead of the machine's clock, in seconds, as a host hears it by chronyd's own question (`-Q`); null: nobody answers that is synchronised. */
export async function hearTime({ lab }: Stand, host: string, server: string): Promise<number | null> {
  const question = `timeout 10 chronyd -x -Q -t 3 -f /dev/null "server ${server} iburst maxsamples 1" "pidfile /run/asking.$$" "bindcmdaddress /" "cmdport 0" 2>&1`;
  const said = /System clock wrong by (-?[\d.]+) seconds/.exec((await lab.sh(host, question)).stdout)?.[1];
  return said === undefined ? null : Number(said);
}

import type { CommandRunner } from "@rackway/linux";

/** One of Corosync's links (knet) to one peer, as this host sees it. */
export interface CorosyncLink {
  readonly link: number;
  readonly nodeId: number;
  readonly isConnected: boolean;
  /** Corosync's own word. */
  readonly word: string;
}

/** Every link to every peer (corosync-cfgtool(8)). Throws where Corosync does not answer: no answer must not pass for no peers. */
export async function observeCorosyncLinks(run: CommandRunner): Promise<CorosyncLink[]> {
  const { code, stdout, stderr } = await run(["corosync-cfgtool", "-s"], { timeoutMs: 3_000 });
  // A link that is down makes some versions exit with 1.
  if (!stdout.includes("LINK ID")) throw new Error((stderr || stdout).trim().split("\n")[0] ?? `corosync-cfgtool ended with ${code}`);
  return parseCorosyncLinks(stdout);
}

/** Of `corosync-cfgtool -s` (Corosync 3.1). Pure. The host's own entry is `localhost`, and no link. */
export function parseCorosyncLinks(text: string): CorosyncLink[] {
  const links: CorosyncLink[] = [];
  let link = 0;
  for (const line of text.split("\n")) {
    const head = /^LINK ID (\d+)/.exec(line)?.[1];
    if (head !== undefined) link = Number(head);
    const [, nodeId, word] = /^\s+nodeid:?\s+(\d+):?\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (nodeId === undefined || word === undefined || word === "localhost") continue;
    links.push({ link, nodeId: Number(nodeId), isConnected: /^connected/.test(word), word });
  }
  return links;
}

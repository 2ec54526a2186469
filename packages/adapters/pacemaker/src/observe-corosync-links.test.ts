import { expect, test } from "vitest";
import { observeCorosyncLinks, parseCorosyncLinks } from "./observe-corosync-links.ts";

const recorded = `Local node ID 1, transport knet
LINK ID 0 udp
\taddr\t= 10.10.1.11
\tstatus:
\t\tnodeid:          1:\tlocalhost
\t\tnodeid:          2:\tconnected
\t\tnodeid:          3:\tdisconnected
`;

test("each peer's link is told, this host's own is none", () => {
  expect(parseCorosyncLinks(recorded)).toEqual([
    { link: 0, nodeId: 2, isConnected: true, word: "connected" },
    { link: 0, nodeId: 3, isConnected: false, word: "disconnected" },
  ]);
});

test("a Corosync that does not answer is no host without peers", async () => {
  const dead = async () => ({ code: 1, stdout: "", stderr: "Could not initialize corosync configuration API error CS_ERR_LIBRARY\n" });
  await expect(observeCorosyncLinks(dead)).rejects.toThrow("CS_ERR_LIBRARY");
});

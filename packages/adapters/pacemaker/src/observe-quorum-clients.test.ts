import { expect, test } from "vitest";

import { observeQuorumClients } from "./observe-quorum-clients.ts";

test("clusters that are connected are told, and nobody is another word than no answer", async () => {
  const listed =
    'Cluster "rackway-rack-a":\n    Algorithm:\t\tFifty-Fifty split\n    Node ID 1:\n        Client address:\t\t::ffff:10.10.1.11:49026\n';
  const says = (code: number, stdout: string) => observeQuorumClients(() => Promise.resolve({ code, stdout, stderr: "" }));
  expect(await says(0, listed)).toEqual(["rackway-rack-a"]);
  expect(await says(0, "")).toEqual([]);
  expect(await says(1, "")).toBeNull();
});

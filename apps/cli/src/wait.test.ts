import { expect, test } from "vitest";

import type { Standing } from "./convergence.ts";
import { Session } from "./session.ts";
import { makeTerminal } from "./testing/terminal.ts";
import { waitUntilThere } from "./wait.ts";

const hintAfter = async (standing: Standing): Promise<unknown> =>
  waitUntilThere(new Session(makeTerminal()), {
    look: async () => [standing],
    timeoutMs: 0,
    stands: "revision 2 is accepted",
    undo: "rackway rollback",
  }).catch((error: unknown) => (error as { hint: string }).hint);

test("a wait that ends early names the way back first when a host says that something stands in its way, and only then", async () => {
  expect(await hintAfter({ name: "a", state: "waiting", text: "a foreign corosync.conf", hasProblem: true })).toMatch(
    /^take it back with: rackway rollback; .*rackway status --watch$/,
  );
  expect(await hintAfter({ name: "a", state: "waiting", text: "converging" })).not.toContain("rollback");
});

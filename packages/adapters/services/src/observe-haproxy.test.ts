import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import { observeHaproxy, parseProxyStats } from "./observe-haproxy.ts";
import { proxiedNamespace } from "./testing/proxied-namespace.ts";

/** Columns as HAProxy 2.6.12 has them, without those that nobody asks for. */
const stats = `# pxname,svname,status,check_status,last_chk,check_desc,addr
api-80,10.10.1.21:5432,UP,L7OK,,Layer7 check passed,10.10.1.21:5432
api-80,fd00:10:1::21.5432,UP 1/3,L4TOUT,"timeout, again ""long""",Layer4 timeout,[fd00:10:1::21]:5432
api-443,10.10.1.21:5432,DOWN 1/2,L4CON,Connection refused,Layer4 connection problem,10.10.1.21:5432
db-5432,10.10.1.21:5432,UP,INI,,Initializing,10.10.1.21:5432
someone-else,10.10.1.21:5432,DOWN,L4CON,,Layer4 connection problem,10.10.1.21:5432

`;

it("is told how each backend is, in HAProxy's own words; of one that HAProxy does not have, nothing", () => {
  const told = parseProxyStats(stats, proxiedNamespace).map(
    ({ vip, port, backend, health, reason }) => `${vip} ${port} ${backend} ${health} ${reason}`,
  );
  expect(told).toEqual([
    "api 80 10.10.1.21:5432 up Layer7 check passed",
    'api 80 [fd00:10:1::21]:5432 up Layer4 timeout: timeout, again "long"',
    "api 443 10.10.1.21:5432 down Layer4 connection problem: Connection refused",
    "db 5432 10.10.1.21:5432 unknown Initializing",
  ]);
});

it("asks by the socket, and waits for nobody: who is not there, or says nothing, is no answer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rackway-haproxy-"));
  const path = join(folder, "stats.sock");
  let isSilent = false;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      if (!isSilent && chunk.toString() === "show stat -1 4 -1\n") socket.end(stats);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    expect(await observeHaproxy(path, proxiedNamespace, 10_000)).toHaveLength(4);
    isSilent = true;
    expect(await observeHaproxy(path, proxiedNamespace, 50)).toBeNull();
    expect(await observeHaproxy(join(folder, "none"), proxiedNamespace, 10_000)).toBeNull();
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { problemMediaType, rackwayError, toProblem } from "@rackway/errors";
import { expect, test } from "vitest";

import { ServerLink } from "./server-link.ts";

test("a token that is refused is told as that, once, and not as a server that is away; it is over when the server takes it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rackway-link-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, "rackway-host-stale\n");
  let isTaken = false;
  const names = new Set<unknown>();
  const server = createServer((request, response) => {
    names.add(request.headers["rackway-host"]);
    if (isTaken) response.writeHead(304).end();
    else response.writeHead(401, { "content-type": problemMediaType }).end(JSON.stringify(toProblem(rackwayError("unauthorised", {}))));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const told: string[] = [];
  const lines: string[] = [];
  const line = (message: string) => lines.push(message);
  const link = new ServerLink(
    { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, host: "ctl-a1", tokenFile },
    { onAnswer: async () => undefined, onToken: (standing) => told.push(standing) },
    { info: line, warn: line, error: line },
  );
  try {
    link.start();
    await expect.poll(() => told.filter((standing) => standing === "refused").length, { timeout: 15_000 }).toBeGreaterThan(2);
    expect(told.at(-1)).toBe("refused");
    expect(lines).toEqual(["server refuses the token"]);
    expect([...names]).toEqual(["ctl-a1"]);
    isTaken = true;
    await expect.poll(() => told.at(-1), { timeout: 15_000 }).toBe("there");
  } finally {
    link.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  }
}, 60_000);

import { afterAll, beforeAll, expect, it } from "vitest";
import { startFileServer } from "./downloads.ts";
import { HttpRequests } from "./http-requests.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
beforeAll(async () => {
  net = await ThrowAwayNet.up("http");
});
afterAll(() => net.down());

it("requests all succeed while the server is there, and fail by kind once it is not", async () => {
  const address = net.addresses.right[4];
  const server = await startFileServer(net.right, { address, port: 9100, bytes: 100, maxMs: 60_000 });
  const requests = await HttpRequests.start(net.left, { address, port: 9100, path: "/file", perSecond: 200, maxMs: 30_000 });
  let whole = await requests.soFar();
  while (whole.done < 100) whole = await requests.soFar();
  expect(whole.failures).toEqual({});
  await server.stop();
  let broken = await requests.soFar();
  while (broken.failures["ECONNREFUSED"] === undefined) broken = await requests.soFar();
  const { started, done, failures } = await requests.stop();
  expect(failures["ECONNREFUSED"]).toBeGreaterThan(0);
  expect(done + Object.values(failures).reduce((sum, count) => sum + count, 0)).toBe(started);
}, 30_000);

import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createApiClient } from "./client.ts";

let server: Server | null = null;
afterEach(() => {
  server?.close();
});

const body = '{"operations":[]}';
const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** Answers the first request of its first connection, and resets that connection at the second; later connections are answered always. */
async function serveOnceThenReset(): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  server = createServer((socket) => {
    const isFirst = ++connections === 1;
    let requests = 0;
    socket.on("error", () => undefined);
    socket.on("data", () => {
      if (isFirst && ++requests > 1) socket.resetAndDestroy();
      else socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
}

describe("a kept connection that the server has closed", () => {
  it("costs a reading request nothing: it is sent again, on another", async () => {
    const { url, connections } = await serveOnceThenReset();
    const client = createApiClient({ server: url });
    await client.operations();
    expect(await client.operations()).toEqual({ operations: [] });
    expect(connections()).toBe(2);
    client.close();
  });

  it("fails a request that may have been carried out already: it is not sent twice", async () => {
    const { url, connections } = await serveOnceThenReset();
    const client = createApiClient({ server: url });
    await client.operations();
    await expect(client.startOperation({ kind: "move", router: "vr-a", to: "ctl-a1" })).rejects.toMatchObject({
      code: "server-unreachable",
    });
    expect(connections()).toBe(1);
    client.close();
  });
});

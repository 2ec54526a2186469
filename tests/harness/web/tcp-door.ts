import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** A TCP port before a Unix socket: a browser knows no other way to a lab's server. */
export class TcpDoor {
  readonly url: string;
  readonly #server: Server;
  readonly #open: Set<Socket>;

  private constructor(server: Server, open: Set<Socket>) {
    this.#server = server;
    this.#open = open;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async to(socketPath: string): Promise<TcpDoor> {
    const open = new Set<Socket>();
    const server = createServer((outer) => {
      const inner = connect(socketPath);
      for (const [socket, other] of [
        [outer, inner],
        [inner, outer],
      ] as const) {
        open.add(socket);
        socket.pipe(other);
        socket.on("error", () => other.destroy());
        socket.once("close", () => (open.delete(socket), other.destroy()));
      }
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new TcpDoor(server, open);
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}

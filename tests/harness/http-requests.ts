import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { HttpRequestsClientParams, HttpRequestsResult } from "./programs/http-requests-client.ts";

export type { HttpRequestsResult };

/** HTTP requests at a rate, each on a connection of its own, sorted by what became of them. */
export class HttpRequests {
  readonly #program: Program<HttpRequestsResult>;

  static async start(
    client: Place,
    options: Pick<HttpRequestsClientParams, "address" | "perSecond" | "maxMs"> & Partial<HttpRequestsClientParams>,
  ): Promise<HttpRequests> {
    const params: HttpRequestsClientParams = { port: 80, path: "/", timeoutMs: 3000, ...options };
    const program = Program.start<HttpRequestsResult>(client, "http-requests-client.ts", params);
    await program.ready();
    return new HttpRequests(program);
  }

  private constructor(program: Program<HttpRequestsResult>) {
    this.#program = program;
  }

  /** As it stands. */
  async soFar(): Promise<HttpRequestsResult> {
    return (await this.#program.ask("tell", "told")) as unknown as HttpRequestsResult;
  }

  stop(): Promise<HttpRequestsResult> {
    return this.#program.stop();
  }

  abandon(): void {
    this.#program.abandon();
  }
}

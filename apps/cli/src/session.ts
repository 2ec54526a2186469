import { type ApiClient, createApiClient } from "@rackway/api-client";
import { RackwayError } from "@rackway/errors";
import type { Command } from "commander";
import { type Connection, type ConnectionFlags, resolveConnection } from "./connection.ts";
import type { Io } from "./io.ts";
import type { SourceFile } from "./issue-text.ts";
import { type Paint, paintFor } from "./paint.ts";

/** What a command works with: the terminal, and the server once it is needed. One per run of the command line. */
export class Session {
  readonly io: Io;
  readonly paint: Paint;
  readonly errorPaint: Paint;
  /** The document's files, once they are read: failures show lines of them. */
  sources: readonly SourceFile[] = [];
  private client: { api: ApiClient; connection: Connection } | null = null;

  constructor(io: Io) {
    this.io = io;
    this.paint = paintFor(io, io.stdout);
    this.errorPaint = paintFor(io, io.stderr);
  }

  /** The server that the command's flags, the environment and the configuration name. Nothing is sent yet. */
  async connect(command: Command): Promise<ApiClient> {
    if (this.client) return this.client.api;
    const connection = await resolveConnection(this.io, command.optsWithGlobals<ConnectionFlags>());
    // A plan waits for the agents' word, and a server may be busy: more than that is a server that hangs.
    const api = createApiClient({ server: connection.server, token: connection.token ?? undefined, timeoutMs: 30_000 });
    this.client = { api, connection };
    return api;
  }

  /** What must not be in anything that is written down: the token that the server is asked with, and those in the environment. */
  secrets(): string[] {
    return [this.client?.connection.token, this.io.env.RACKWAY_TOKEN?.trim()].flatMap((token) => (token ? [token] : []));
  }

  /** A note to the reader that is no part of the answer: to standard error, so that pipes stay clean. */
  note(text: string): void {
    this.io.stderr.write(`${text}\n`);
  }

  /** Adds what only we know to a failure: where the address or the token came from. */
  explain(error: unknown): unknown {
    if (!(error instanceof RackwayError) || !this.client) return error;
    const { connection } = this.client;
    const whence = hintFor(error, connection);
    return whence === null ? error : new RackwayError(error.code, error.message, whence, { issues: error.issues, cause: error.cause });
  }

  close(): void {
    this.client?.api.close();
    this.client = null;
  }
}

function hintFor(error: RackwayError, connection: Connection): string | null {
  const code: string = error.code;
  if (code === "server-unreachable" || code === "server-timeout" || code === "server-answer-unknown") {
    return `routers go on without it: on a controller ask \`rackway status --local\`, and see docs/when-something-fails.md; the address is from ${connection.serverSource}; give another by --server URL, RACKWAY_SERVER or: rackway config set NAME --server URL --use`;
  }
  if (code === "unauthorised" && connection.token === null) {
    return "no token was found; give one by --token-file FILE, RACKWAY_TOKEN or: rackway config set NAME --token-file FILE (the server prints at its start where its admin token lies)";
  }
  if (code === "unauthorised") return `the token is from ${connection.tokenSource}; give another by --token-file FILE or RACKWAY_TOKEN`;
  return null;
}

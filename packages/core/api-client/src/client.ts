import { createConnection } from "./connection.ts";
import type { Connection, ConnectionOptions } from "./connection.ts";
import { followEvents } from "./event-stream.ts";
import type { FollowOptions, StreamedEvent } from "./event-stream.ts";
import { createOperatorApi } from "./operator-api.ts";
import type { OperatorApi } from "./operator-api.ts";

/** The operator's half of the API on one connection. */
export interface ApiClient extends OperatorApi {
  readonly connection: Connection;
  /** Events as they come, from `since` on; reconnects until the signal is given. */
  followEvents(options?: FollowOptions): AsyncGenerator<StreamedEvent>;
  close(): void;
}

/** Makes a client. No request is sent before the first call. */
export function createApiClient(options: ConnectionOptions): ApiClient {
  const connection = createConnection(options);
  return {
    ...createOperatorApi((request) => connection.send(request)),
    connection,
    followEvents: (follow) => followEvents(connection, follow),
    close: () => connection.close(),
  };
}

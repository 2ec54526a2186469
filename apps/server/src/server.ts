import { chmod, lstat, mkdir, unlink, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";

import { openPostgresStore, openSqliteStore } from "@rackway/store";
import type { PostgresOptions, Store } from "@rackway/store";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";

import { buildApp } from "./app.ts";
import { systemSources } from "./clock.ts";
import type { Sources } from "./clock.ts";
import { ControlPlane } from "./control-plane.ts";
import { Observations } from "./observations.ts";
import { Operations } from "./operations.ts";
import { Peers } from "./peers.ts";
import { loadToken } from "./tokens.ts";
import { expireTrial } from "./trial.ts";
import { serverVersion } from "./version.ts";
import { readWebFiles } from "./web-ui/web-files.ts";

export interface ServerOptions {
  /** Holds `admin-token`, `metrics-token` and, unless the database is elsewhere, `rackway.db`; made when absent. */
  readonly dataDirectory: string;
  /** A PostgreSQL, which other servers may have open, too; absent: the embedded database. */
  readonly database?: PostgresOptions;
  /** Null: no TCP. Port 0: any that is free. */
  readonly listen: { readonly host: string; readonly port: number } | null;
  /** A Unix socket, 0600; null or absent: none. */
  readonly socketPath?: string | null;
  /** The built web UI (dist/web); absent: none is served. */
  readonly webDirectory?: string;
  readonly logger: FastifyBaseLogger;
  readonly sources?: Sources;
}

export interface RackwayServer {
  /** Opens the database, then listens. Throws when either fails; nothing is left open then. */
  readonly start: () => Promise<RunningServer>;
  /** Answers every long poll at once, finishes what is under way, writes what is not on the disk yet. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

export interface RunningServer {
  /** `http://HOST:PORT`; null without TCP. */
  readonly url: string | null;
  readonly adminTokenFile: string;
  /** For requests without a socket (tests, the generator of the description). */
  readonly app: FastifyInstance;
  readonly plane: ControlPlane;
}

const eventsKept = 100_000;

/** A server that does nothing before `start`. */
export function createServer(options: ServerOptions): RackwayServer {
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | null = null;

  const stop = (): Promise<void> => (stopping ??= unwind(undo));
  const start = async (): Promise<RunningServer> => {
    try {
      return await startServer(options, (step) => undo.push(step));
    } catch (error) {
      await stop();
      throw error;
    }
  };
  return { start, stop };
}

/** Undoes in the reverse order. A step that fails does not keep the others from being done. */
async function unwind(undo: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.reverse()) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function startServer(options: ServerOptions, onStop: (step: () => Promise<void>) => void): Promise<RunningServer> {
  const { dataDirectory, logger } = options;
  const sources = options.sources ?? systemSources;
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const adminTokenFile = join(dataDirectory, "admin-token");
  const adminToken = await loadToken(adminTokenFile, "admin", sources);
  const metricsToken = await loadToken(join(dataDirectory, "metrics-token"), "metrics", sources);
  const store = options.database === undefined ? await openEmbedded(dataDirectory) : await openPostgresStore(options.database);
  onStop(() => store.close());
  const peers = new Peers(logger);
  await store.follow(peers);

  const plane = new ControlPlane({ store, sources, adminToken, metricsToken });
  const observations = new Observations(plane);
  const operations = new Operations(plane);
  await plane.load();
  observations.load();
  await operations.load();
  peers.begin({ plane, observations, operations });
  onStop(() => plane.reports.save());
  onStop(() => peers.stop());
  // Hosts that were not confirmed in time have gone back by themselves meanwhile: the first answer of this server is to be the same.
  await undoExpired(plane, logger);

  const web = options.webDirectory === undefined ? null : readWebFiles(options.webDirectory);
  const app = await buildApp({ plane, observations, operations, version: serverVersion }, logger, web);
  const socketServer = createHttpServer((request, response) => app.routing(request, response));
  onStop(() => closeBoth(app, socketServer));
  onStop(async () => plane.hub.stop());
  onStop(startChores({ plane, observations, operations }, logger));
  const socketPath = options.socketPath ?? null;
  if (socketPath !== null) await listenOnSocket(socketServer, socketPath);
  const url = options.listen === null ? null : await app.listen(options.listen);
  await writeAddresses(dataDirectory, [...(url === null ? [] : [url]), ...(socketPath === null ? [] : [`unix://${socketPath}`])]);
  return { url, adminTokenFile, app, plane };
}

/** Beside the admin token, whose token it is: the command line sends it to these addresses and to no other server of this machine. */
async function writeAddresses(dataDirectory: string, addresses: readonly string[]): Promise<void> {
  await writeFile(join(dataDirectory, "addresses"), addresses.map((address) => `${address}\n`).join(""), { mode: 0o600 });
}

/** The database is its owner's alone: it holds secrets. SQLite gives its WAL and shared-memory files the same mode. */
async function openEmbedded(dataDirectory: string): Promise<Store> {
  const path = join(dataDirectory, "rackway.db");
  const before = process.umask(0o077);
  try {
    const store = await openSqliteStore({ path });
    await chmod(path, 0o600);
    return store;
  } finally {
    process.umask(before);
  }
}

/** A revision that cannot be undone here keeps this server from nothing else: the hosts have done their part. */
async function undoExpired(plane: ControlPlane, logger: FastifyBaseLogger): Promise<void> {
  await expireTrial(plane).catch((error: unknown) => logger.error({ err: error }, "a revision is not undone"));
}

/** What must happen as time passes. Each round waits for the one before. */
function startChores(
  { plane, observations, operations }: { plane: ControlPlane; observations: Observations; operations: Operations },
  logger: FastifyBaseLogger,
): () => Promise<void> {
  let round = Promise.resolve();
  let rounds = 0;
  const timer = setInterval(() => {
    rounds += 1;
    const isHourly = rounds % 3600 === 0;
    round = round
      .then(async () => {
        if (await plane.stand()) {
          logger.info("this server leads");
          await observations.takeOver();
        }
        await plane.reports.save();
        if (plane.leads) {
          await operations.expire();
          await undoExpired(plane, logger);
        }
        const seen = observations.status();
        await observations.noteRouters(seen);
        await observations.noteAgents();
        observations.noteProblems(seen);
        if (isHourly && plane.leads) await plane.events.prune(eventsKept);
      })
      .catch((error: unknown) => logger.error({ err: error }, "a chore failed"));
  }, 1000);
  return () => {
    clearInterval(timer);
    return round;
  };
}

async function listenOnSocket(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await removeStaleSocket(path);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // The socket is made in `listen`, synchronously; nobody can connect before its mode is set.
    const before = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(before);
  });
}

/** A socket that a dead server left is removed; one that somebody listens on is left, and listening fails with EADDRINUSE. */
async function removeStaleSocket(path: string): Promise<void> {
  // connect(2) says of any other file, too, that nobody listens there.
  const found = await lstat(path).catch(() => null);
  if (found !== null && !found.isSocket()) throw new Error(`${path} is there already, and is no socket`);
  const isLive = await new Promise<boolean>((resolve, reject) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else reject(error);
    });
  });
  if (!isLive) {
    await unlink(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}

/** No new connections on either; event streams end (`preClose`), requests under way are finished, idle connections are closed. */
async function closeBoth(app: FastifyInstance, socketServer: Server): Promise<void> {
  const closed = socketServer.listening ? new Promise<void>((resolve) => socketServer.close(() => resolve())) : Promise.resolve();
  await app.close();
  socketServer.closeIdleConnections();
  await closed;
}

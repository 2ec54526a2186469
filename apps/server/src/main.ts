import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { DatabasePlace } from "@rackway/store";
import { Command, InvalidArgumentError, Option } from "commander";

import type * as BackupFiles from "./backup-file.ts";
import { databaseOptions, databaseUrlFault, hasPassword } from "./database-option.ts";
import { serverVersion } from "./version.ts";

interface Flags {
  readonly listen: { host: string; port: number } | "none";
  readonly socket?: string;
  readonly data: string;
  readonly web: string;
  readonly database?: string;
  readonly databasePasswordFile?: string;
  readonly logLevel: string;
}

const builtUi = fileURLToPath(new URL("../../../dist/web", import.meta.url));

const program = new Command("rackway server")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .description("Runs the server: takes documents, hands every host its state, and knows what the agents see.")
  .version(serverVersion)
  .addOption(
    new Option("--listen <host:port>", "where to listen; `none` for the Unix socket alone")
      .argParser(parseListen)
      .default({ host: "127.0.0.1", port: 8080 }, "127.0.0.1:8080"),
  )
  .option("--socket <path>", "listen on a Unix socket, too (mode 0600)")
  .option("--data <dir>", "database and admin token", "/var/lib/rackway/server")
  .addOption(new Option("--web <dir>", "the web UI, served at /").default(builtUi, "dist/web of the checkout"))
  .addOption(
    new Option("--database <url>", "a PostgreSQL, instead of the database in --data: postgresql://USER@HOST/DATABASE").env(
      "RACKWAY_DATABASE",
    ),
  )
  .option("--database-password-file <path>", "the file with its password (or PGPASSFILE, or PGPASSWORD)")
  .option("--log-level <level>", "error, warn, info or debug", "info")
  .configureHelp({ showGlobalOptions: true })
  .helpCommand(false)
  .addHelpText(
    "after",
    `
Examples:
  rackway server
  rackway server --listen '[::1]:8080' --data ./data --socket ./server.sock
  rackway server --database 'postgresql://rackway@db.example/rackway?sslmode=verify-full'
  rackway server backup /var/backups/rackway.gz
`,
  )
  .allowExcessArguments(false)
  .action(() => run(program.opts<Flags>()));

program
  .command("backup")
  .description("Writes all that the database holds into a file, which either database takes. The server may be running.")
  .argument("<file>", "a new file; secrets are in it")
  .action((file: string) =>
    ended(async ({ writeBackup }, place) => `${file} has ${await writeBackup(place, file, new Date())} bytes of ${nameOf(place)}`),
  );
program
  .command("restore")
  .description("Fills an empty database from such a file: the one in --data, or the PostgreSQL of --database.")
  .argument("<file>", "written by `rackway server backup`")
  .action((file: string) =>
    ended(async ({ readBackup }, place) => {
      if ("file" in place) await refuseRunning();
      return `${await readBackup(file, place, new Date())} rows of ${file} are in ${nameOf(place)}`;
    }),
  );
program
  .command("migrate")
  .description("Copies the database in --data into the empty PostgreSQL of --database. The server is to be stopped first.")
  .action(() =>
    ended(async ({ copyDatabase }, place) => {
      if ("file" in place) return fail("migrate needs --database, the PostgreSQL to fill", 2);
      await refuseRunning();
      const { data } = program.opts<Flags>();
      const rows = await copyDatabase(embeddedIn(data), place, new Date());
      return `${rows} rows of ${data} are in ${nameOf(place)}; from now on: rackway server --database ...`;
    }),
  );

await program.parseAsync();

/** A command that does something to a database and ends, with one line about what it did. */
async function ended(work: (files: typeof BackupFiles, place: DatabasePlace) => Promise<string>): Promise<void> {
  const flags = program.opts<Flags>();
  const place = (await readDatabase(flags)) ?? embeddedIn(flags.data);
  // What is made here is its owner's alone: it holds secrets.
  process.umask(0o077);
  const line = await work(await import("./backup-file.ts"), place).catch((error: unknown) => fail(reasonOf(error), 1));
  process.stderr.write(`${line}\n`);
}

/** It would not see what is written beside it, or would go on writing what nobody sees. */
async function refuseRunning(): Promise<void> {
  const { findRunningServer } = await import("./running-server.ts");
  const { data } = program.opts<Flags>();
  const running = await findRunningServer(data);
  if (running !== null) throw new Error(`the server of ${data} answers at ${running}: stop it first`);
}

function embeddedIn(data: string): DatabasePlace {
  return { file: join(data, "rackway.db") };
}

function nameOf(place: DatabasePlace): string {
  return "file" in place ? place.file : "PostgreSQL";
}

async function run(flags: Flags): Promise<void> {
  const listen = flags.listen === "none" ? null : flags.listen;
  if (listen === null && flags.socket === undefined) fail("--listen none needs --socket", 2);
  const database = await readDatabase(flags);
  // Loaded now: what was typed wrong should be said before a whole server is read from the disk.
  const { createLogger, createServer } = await import("./index.ts");
  const logger = createLogger(flags.logLevel);
  const { start, stop } = createServer({
    dataDirectory: flags.data,
    ...(database === null ? {} : { database }),
    listen,
    socketPath: flags.socket ?? null,
    webDirectory: flags.web,
    logger,
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      logger.info({ signal }, "stopping");
      stop().then(
        () => process.exit(0),
        (error: unknown) => fail(`stopped, but not cleanly: ${reasonOf(error)}`, 1),
      );
    });
  }
  const running = await start().catch((error: unknown) => fail(`cannot start: ${reasonOf(error)}`, 1));
  const places = [running.url, flags.socket === undefined ? null : `unix://${flags.socket}`].filter((place) => place !== null);
  process.stderr.write(`rackway server ${serverVersion} listens on ${places.join(" and ")}\n`);
  process.stderr.write(`the admin token lies in ${running.adminTokenFile}\n`);
}

/** Null: the embedded one. */
async function readDatabase(flags: Flags) {
  const { database, databasePasswordFile } = flags;
  if (database === undefined) {
    if (databasePasswordFile !== undefined) fail("--database-password-file needs --database", 2);
    return null;
  }
  // Not by the parser of options, which shows what it refuses: the environment's may hold a password.
  const fault = databaseUrlFault(database);
  if (fault !== null) fail(`--database (or RACKWAY_DATABASE) is no address of a PostgreSQL. ${fault}`, 2);
  if (program.getOptionValueSource("database") === "cli" && hasPassword(database)) {
    fail("a password does not belong on a command line, where everybody sees it: use --database-password-file or PGPASSFILE", 2);
  }
  return databaseOptions(database, databasePasswordFile).catch((error: unknown) => fail(reasonOf(error), 1));
}

function parseListen(text: string): Flags["listen"] {
  if (text === "none") return "none";
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw new InvalidArgumentError("Write HOST:PORT, [IPv6]:PORT, or none.");
  return { host: match[1] ?? (match[2] === "" ? "0.0.0.0" : (match[2] ?? "")), port };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fail(message: string, code: number): never {
  process.stderr.write(`rackway server: ${message}\n`);
  process.exit(code);
}

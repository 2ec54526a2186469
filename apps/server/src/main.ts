import { Command, InvalidArgumentError, Option } from "commander";

import { serverVersion } from "./version.ts";

interface Flags {
  readonly listen: { host: string; port: number } | "none";
  readonly socket?: string;
  readonly data: string;
  readonly logLevel: string;
}

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
  .option("--log-level <level>", "error, warn, info or debug", "info")
  .addHelpText("after", "\nExamples:\n  rackway server\n  rackway server --listen '[::1]:8080' --data ./data --socket ./server.sock\n");

await run(program.parse().opts<Flags>());

async function run(flags: Flags): Promise<void> {
  const listen = flags.listen === "none" ? null : flags.listen;
  if (listen === null && flags.socket === undefined) fail("--listen none needs --socket", 2);
  // Loaded now: what was typed wrong should be said before a whole server is read from the disk.
  const { createLogger, createServer } = await import("./index.ts");
  const logger = createLogger(flags.logLevel);
  const { start, stop } = createServer({ dataDirectory: flags.data, listen, socketPath: flags.socket ?? null, logger });
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

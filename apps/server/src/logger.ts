import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

/** Anything that could carry a token is cut out, wherever it comes from; the routes log no headers and no bodies anyway. */
const secretPaths = [
  "authorization",
  "token",
  "headers.authorization",
  "req.headers.authorization",
  "*.headers.authorization",
  "*.token",
  "err.config",
];

/** JSON lines: level, time, message, fields. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, redact: { paths: secretPaths, censor: "[secret]" }, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}

import { InvalidArgumentError, Option } from "commander";
import { parseDuration } from "./words.ts";

/** Options that several commands share. */
export interface WaitOptions {
  wait: boolean;
  timeout: number;
}

export function timeoutOption(defaultText: string): Option {
  return new Option("--timeout <duration>", "how long to wait: 90s, 2m, 500ms")
    .argParser(readDuration)
    .default(readDuration(defaultText), defaultText);
}

const confirmLimits = { leastMs: 5_000, mostMs: 24 * 3_600_000 };

export function confirmWithinOption(): Option {
  return new Option(
    "--confirm-within <duration>",
    "undone by the hosts unless `rackway confirm` comes in time: 30s, 2m; from 5s to 24h",
  ).argParser((text) => {
    const ms = readDuration(text);
    if (ms < confirmLimits.leastMs || ms > confirmLimits.mostMs) throw new InvalidArgumentError("it is from 5s to 24h");
    return ms;
  });
}

export function noWaitOption(): Option {
  return new Option("--no-wait", "do not wait for the hosts");
}

export function yesOption(): Option {
  return new Option("-y, --yes", "do not ask").default(false);
}

export function fileOption(): Option {
  return new Option("-f, --file <path...>", "a document: file, directory, or - for standard input; may be repeated").makeOptionMandatory();
}

/** A revision's number. */
export function readRevision(text: string): number {
  const match = /^(?:r|revision\/)?([1-9]\d{0,8})$/.exec(text);
  if (!match) throw new InvalidArgumentError("a revision is a number from 1 on; see: rackway history");
  return Number(match[1]);
}

export function readCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("it must be a whole number");
  return Number(text);
}

/** Milliseconds. */
export function readDuration(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === null) throw new InvalidArgumentError("write it as 90s, 2m or 500ms");
  return parsed;
}

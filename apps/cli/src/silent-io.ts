import type { Io } from "./io.ts";

const silentSink = { write: () => undefined, control: () => undefined, isTty: false, columns: 80 };

/** For commands that are built and read, never run: what they would print goes nowhere, and nobody types. */
export const silentIo: Io = {
  env: {},
  stdout: silentSink,
  stderr: silentSink,
  stdin: { isTty: false, readAll: () => Promise.resolve(""), readLine: () => Promise.resolve(null) },
  cwd: "/",
  homeDir: "/",
  now: () => 0,
  sleep: () => Promise.resolve(),
  interrupted: new AbortController().signal,
};

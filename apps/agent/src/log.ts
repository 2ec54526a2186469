/** Structured log: one JSON object a line on standard output, for the init system to keep. The message is constant, the fields vary. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export function createLog(write: (line: string) => void, now: () => Date): Log {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      write(`${JSON.stringify({ time: now().toISOString(), level, message, ...fields })}\n`);
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/** What can be said of a thrown thing in a log or a problem: never a stack for an operator. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

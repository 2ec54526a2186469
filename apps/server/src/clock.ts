import { randomBytes as systemRandomBytes } from "node:crypto";

/** The server's time and randomness, in one place, so that tests hand in their own. */
export interface Sources {
  readonly now: () => Date;
  readonly randomBytes: (size: number) => Buffer;
}

export const systemSources: Sources = { now: () => new Date(), randomBytes: (size) => systemRandomBytes(size) };

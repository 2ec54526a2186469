/** One file of a bundle, and how it is come by. It may fail without the others. */
export interface Part {
  /** Below the bundle's folder. */
  readonly path: string;
  readonly read: () => Promise<string>;
}

export function jsonPart(name: string, ask: () => Promise<unknown>): Part {
  return { path: `${name}.json`, read: async () => `${JSON.stringify(await ask(), null, 2)}\n` };
}

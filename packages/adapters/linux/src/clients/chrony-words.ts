/** Folders that chronyd reads `*.sources` files from, by the `sourcedir` lines of its configuration (chrony.conf(5)). */
export function sourceFolders(configuration: string): string[] {
  return configuration.split("\n").flatMap((line) => {
    const [keyword = "", ...folders] = line.trim().split(/\s+/);
    return keyword.toLowerCase() === "sourcedir" ? folders : [];
  });
}

/** A source as `chronyc -c -n sources` tells it. */
export interface ChronySource {
  readonly address: string;
  /** `*`: selected; `+`: combined with it; `-`: good, and not used; `?`: does not answer; `x`: says otherwise than the others; `~`: too variable. */
  readonly standing: string;
  /** It has answered at least one of the last eight questions. */
  readonly answers: boolean;
  /** How far this host's clock is ahead of it by the last answer, in milliseconds. */
  readonly offsetMs: number;
}

/** Columns: mode, state, address, stratum, poll, reach (octal), age of the last answer, offset (adjusted), offset (measured), error. */
export function parseSources(text: string): ChronySource[] {
  return text.split("\n").flatMap((line) => {
    const [mode, standing, address, , , reach, , , offset] = line.split(",");
    if (mode === undefined || standing === undefined || address === undefined || offset === undefined) return [];
    return [{ address, standing, answers: Number.parseInt(reach ?? "0", 8) > 0, offsetMs: Math.round(Number(offset) * 1e6) / 1e3 }];
  });
}

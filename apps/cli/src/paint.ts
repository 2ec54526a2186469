import { stripVTControlCharacters } from "node:util";
import type { Io, TextSink } from "./io.ts";

/** Colour, or its absence: only on a terminal, never with NO_COLOR (https://no-color.org) or TERM=dumb. */
export interface Paint {
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

export function paintFor(io: Io, sink: TextSink): Paint {
  const isOn = sink.isTty && !io.env.NO_COLOR && io.env.TERM !== "dumb";
  const style = (open: number, close: number) => (text: string) => (isOn && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text);
  return {
    green: style(32, 39),
    yellow: style(33, 39),
    red: style(31, 39),
    cyan: style(36, 39),
    bold: style(1, 22),
    dim: style(2, 22),
  };
}

/** Columns that a text takes on the terminal; colour takes none. */
export function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

import type { Io } from "./io.ts";

/** Progress on standard error: events as lines that stay, and on a terminal one line below that is drawn over. */
export class Progress {
  private readonly io: Io;
  private live = "";
  private lastLineAt: number | null = null;

  constructor(io: Io) {
    this.io = io;
  }

  /** Something happened: a line that stays. */
  tell(text: string): void {
    this.clear();
    this.io.stderr.write(`${text}\n`);
  }

  /** Where things stand at `now` (milliseconds): drawn over the last one; without a terminal a line every ten seconds. */
  show(text: string, now: number): void {
    const { isTty, columns } = this.io.stderr;
    if (!isTty) return this.showWithoutTerminal(text, now);
    const shown = text.slice(0, Math.max(1, columns - 1));
    if (shown === this.live) return;
    this.io.stderr.control("\r\u001b[2K");
    this.io.stderr.write(shown);
    this.live = shown;
  }

  /** Takes the drawn line away; call it before anything else is printed. */
  clear(): void {
    if (this.live !== "") this.io.stderr.control("\r\u001b[2K");
    this.live = "";
  }

  private showWithoutTerminal(text: string, now: number): void {
    this.lastLineAt ??= now;
    if (now - this.lastLineAt < 10_000) return;
    this.lastLineAt = now;
    this.io.stderr.write(`${text}\n`);
  }
}

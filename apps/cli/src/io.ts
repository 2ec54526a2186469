/**
 * Everything that the command line takes from its surroundings, as one value. `main(argv, io)` uses nothing else of the process,
 * so a test can run a command in process with its own terminal, environment, clock and keyboard.
 */
export interface TextSink {
  /** Text, which may hold what a server or a host said. On a terminal it draws letters and colours, whatever is in it. */
  write(text: string): void;
  /** A control sequence of our own (cursor, clearing); for terminals only. */
  control(sequence: string): void;
  readonly isTty: boolean;
  /** Width of the terminal in columns; 80 where there is no terminal. */
  readonly columns: number;
}

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly stdin: {
    readonly isTty: boolean;
    /** All of standard input as UTF-8 text. */
    readAll(): Promise<string>;
    /** One line without its line end; null at the end of the input. */
    readLine(): Promise<string | null>;
  };
  readonly cwd: string;
  readonly homeDir: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when interrupted. */
  sleep(ms: number): Promise<void>;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
}

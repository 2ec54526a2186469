import { randomUUID } from "node:crypto";

/** A way to stop waiting: the connection closed. */
export type Cancel = AbortSignal;

/**
 * The agents' long polls: who waits, what wakes them, and who is there at all. It knows nothing of what they wait *for*: a woken poll looks
 * at the world again (so a wake too many is harmless, and none is lost between a look and a wait: `wait` is called before the look).
 */
export class AgentHub {
  readonly #waiters = new Map<string, Set<() => void>>();
  readonly #lastContact = new Map<string, number>();
  readonly #tokens = new Map<string, string>();
  readonly #answers = new Map<string, () => void>();
  readonly #now: () => Date;
  readonly #passOn: (asked: ReadonlyMap<string, string>) => void;
  #isStopped = false;

  /** `passOn`: tells the other servers of hosts that are asked to look again; an agent may poll there. */
  constructor(now: () => Date, passOn: (asked: ReadonlyMap<string, string>) => void = () => undefined) {
    this.#now = now;
    this.#passOn = passOn;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves when the host is woken, after `waitMs`, when the signal is given, or when the server stops. */
  wait(host: string, waitMs: number, signal: Cancel): { readonly woken: Promise<void>; readonly cancel: () => void } {
    const waiters = this.#waiters.get(host) ?? new Set();
    this.#waiters.set(host, waiters);
    let finish = (): void => undefined;
    const woken = new Promise<void>((resolve) => {
      const timer = setTimeout(() => finish(), waitMs);
      finish = () => {
        clearTimeout(timer);
        waiters.delete(finish);
        if (waiters.size === 0 && this.#waiters.get(host) === waiters) this.#waiters.delete(host);
        signal.removeEventListener("abort", finish);
        this.noteContact(host);
        resolve();
      };
      waiters.add(finish);
      signal.addEventListener("abort", finish, { once: true });
      if (signal.aborted || this.#isStopped) finish();
    });
    return { woken, cancel: () => finish() };
  }

  wake(hosts: Iterable<string>): void {
    for (const host of hosts) for (const finish of [...(this.#waiters.get(host) ?? [])]) finish();
  }

  wakeAll(): void {
    this.wake([...this.#waiters.keys()]);
  }

  noteContact(host: string): void {
    this.#lastContact.set(host, this.#now().getTime());
  }

  /** Its agent may not speak any more: it is not there, and its polls end. */
  forget(host: string): void {
    this.wake([host]);
    this.#lastContact.delete(host);
  }

  /** A poll is open, or was a moment ago: between two polls an agent is connected too. */
  isConnected(host: string): boolean {
    const graceMs = 3000;
    return this.#waiters.has(host) || this.#now().getTime() - (this.#lastContact.get(host) ?? -Infinity) < graceMs;
  }

  /** The last thing that the host was asked to look at; null: nothing yet. */
  observeToken(host: string): string | null {
    return this.#tokens.get(host) ?? null;
  }

  /** Asks the hosts to look again, and returns at once. */
  request(hosts: readonly string[]): ReadonlyMap<string, string> {
    const asked = new Map(hosts.map((host) => [host, randomUUID()]));
    this.askFor(asked);
    this.#passOn(asked);
    return asked;
  }

  /** Another server asks these hosts, with these tokens, to look again. */
  askFor(asked: ReadonlyMap<string, string>): void {
    for (const [host, token] of asked) this.#tokens.set(host, token);
    this.wake(asked.keys());
  }

  /** Asks the hosts to look again, and waits for their reports. Returns the hosts that answered within the time. */
  async observe(hosts: readonly string[], waitMs: number): Promise<ReadonlySet<string>> {
    const answered = new Set<string>();
    if (hosts.length === 0) return answered;
    const asked = this.request(hosts);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      for (const [host, token] of asked) {
        this.#answers.set(token, () => {
          answered.add(host);
          if (answered.size < asked.size) return;
          clearTimeout(timer);
          resolve();
        });
      }
    });
    for (const token of asked.values()) this.#answers.delete(token);
    return answered;
  }

  /** A report came that answers a token. False: nobody waits for it here. */
  noteAnswer(token: string): boolean {
    const answer = this.#answers.get(token);
    answer?.();
    return answer !== undefined;
  }

  /** Lets every poll end at once, now and from now on. */
  stop(): void {
    this.#isStopped = true;
    this.wakeAll();
  }
}

/** Whether what is shown is what is: `live` while the event stream speaks, by its heartbeat at least. */
export type Liveness =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** `sinceMs`: of the last sign of life; what is shown is from then. */
  | { readonly kind: "cut"; readonly sinceMs: number; readonly reason: string };

type Listener = () => void;

/** One word for the whole page, outside of React's tree: the follower writes it, banner and badge read it. */
export class LiveStore {
  #state: Liveness = { kind: "connecting" };
  readonly #listeners = new Set<Listener>();

  readonly get = (): Liveness => this.#state;

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(state: Liveness): void {
    if (state.kind === this.#state.kind && state.kind !== "cut") return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const liveStore = new LiveStore();

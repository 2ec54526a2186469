import { join } from "node:path";

import { serviceResourceIds } from "@rackway/pacemaker";
import type { PacemakerState } from "@rackway/schema";
import type { ProxyBackendSight } from "@rackway/services";
import { observeHaproxy, proxiedVips } from "@rackway/services";

import type { Happening } from "./events.ts";
import { event } from "./events.ts";

/** What this host's HAProxy says of backends, by the VIP whose proxy they are behind. */
export type BackendSights = ReadonlyMap<string, readonly ProxyBackendSight[]>;

/** A HAProxy that takes longer does not answer: its resource's monitor gives it 3 s. */
const answerWithinMs = 1_000;

/** Asks the HAProxy of every service namespace that has one on this host, and tells what has become of backends since it asked last. */
export class ProxyWatch {
  readonly #host: string;
  readonly #runFolder: string;
  #sights: BackendSights = new Map();

  constructor(host: string, runFolder: string) {
    this.#host = host;
    this.#runFolder = runFolder;
  }

  /** What the last look saw. */
  get sights(): BackendSights {
    return this.#sights;
  }

  /** Returns what is to be told. */
  async look(services: PacemakerState["services"]): Promise<Happening[]> {
    const proxied = services.filter((service) => proxiedVips(service).length > 0);
    const answers = await Promise.all(
      proxied.map((service) =>
        observeHaproxy(join(this.#runFolder, serviceResourceIds(service).proxy, "stats.sock"), service, answerWithinMs),
      ),
    );
    const before = this.#sights;
    this.#sights = Map.groupBy(
      answers.flatMap((answer) => answer ?? []),
      ({ vip }) => vip,
    );
    return backendEvents(this.#host, before, this.#sights);
  }
}

/** Backends that went or came back, between two looks that both saw them. Pure. */
export function backendEvents(host: string, before: BackendSights, after: BackendSights): Happening[] {
  return [...after].flatMap(([vip, sights]) => {
    const known = new Map(before.get(vip)?.map((sight) => [`${sight.port} ${sight.backend}`, sight.health]));
    return sights.flatMap(({ port, backend, health, reason }): Happening[] => {
      const was = known.get(`${port} ${backend}`);
      if (was === health || health === "unknown" || (was === undefined && health === "up") || (was === "unknown" && health === "up"))
        return [];
      const what = `${host}: backend ${backend} of port ${port} is ${health}: ${reason}`;
      return [event(health === "down" ? "backend-down" : "backend-up", `vip/${vip}`, what, { host, port, backend })];
    });
  });
}

import { readFile } from "node:fs/promises";

import type { CommandRunner } from "@rackway/linux";
import type { PacemakerSight, UplinkLack } from "@rackway/pacemaker";
import { ConnectionWatch, noTrouble, observePacemaker, observeRouters, observeUplinks } from "@rackway/pacemaker";
import type { HostState, RouterObservation } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";
import { observeDns, observeNtp } from "@rackway/services";

import type { DiskLack } from "./disks.ts";
import { observeDisks } from "./disks.ts";
import { fencingSight } from "./fencing.ts";
import type { ClusterView, RouterDaemons } from "./observer.ts";
import { emptyView, observeGuard } from "./observer.ts";
import type { AgentPaths } from "./paths.ts";

/** How this watch sees; tests put their own eyes in. */
export interface ClusterEyes {
  readonly pacemaker: (state: HostState) => Promise<PacemakerSight | null>;
  readonly routers: (state: HostState) => Promise<readonly RouterObservation[]>;
  /** Asks what the routers' daemons answer, and how full their connection tables are. */
  readonly daemons: (state: HostState) => Promise<RouterDaemons>;
  readonly guard: () => Promise<ClusterView["guard"]>;
  readonly uplinks: (state: HostState) => Promise<readonly UplinkLack[]>;
  readonly disks: () => Promise<readonly DiskLack[]>;
  /** The log of fence_rackway; empty when it has never done anything. */
  readonly fencingLog: () => Promise<string>;
}

/** The eyes that look at this host. */
export function hostEyes(run: CommandRunner, { guardPid, fencingLog }: Pick<AgentPaths, "guardPid" | "fencingLog">): ClusterEyes {
  const connections = new ConnectionWatch(run, () => performance.now());
  return {
    pacemaker: async ({ pacemaker }) => (pacemaker === null ? null : observePacemaker(run, pacemaker)),
    routers: async ({ pacemaker, host }) => (pacemaker === null ? [] : observeRouters(run, pacemaker, host.name)),
    daemons: async ({ pacemaker, host }) => {
      const here = (pacemaker?.routers ?? []).filter(({ controllers }) => controllers.includes(host.name));
      const asked = await Promise.all(
        here.map(async (router) => {
          const [dns, ntp, table] = await Promise.all([observeDns(run, router), observeNtp(run, router), connections.observe(router)]);
          return [router.name, { dns, ntp, connections: table }] as const;
        }),
      );
      return Object.fromEntries(asked);
    },
    guard: () => observeGuard(guardPid),
    uplinks: async ({ pacemaker, host }) => (pacemaker === null ? [] : observeUplinks(run, pacemaker, host.name)),
    disks: () => observeDisks(),
    fencingLog: () => readFile(fencingLog, "utf8").catch(() => ""),
  };
}

/**
 * The newest view of routers and Pacemaker, put together from looks that overlap: the quick one at what is in the kernel, on every change of an
 * address, and the full one that also asks Pacemaker, every few seconds. What a slow look saw before a quick one began does not overwrite it.
 */
export class ClusterWatch {
  readonly #eyes: ClusterEyes;
  readonly #onView: (before: ClusterView | null, after: ClusterView) => void;
  #view: ClusterView | null = null;
  #routersFrom = Number.NEGATIVE_INFINITY;
  #seenAt = Number.NEGATIVE_INFINITY;

  /** `onView` hears of every look; `before` is null for the first. */
  constructor(eyes: ClusterEyes, onView: (before: ClusterView | null, after: ClusterView) => void) {
    this.#eyes = eyes;
    this.#onView = onView;
  }

  get view(): ClusterView {
    return this.#view ?? emptyView;
  }

  /** How old the view is; null: nothing was looked at yet. */
  ageMs(): number | null {
    return this.#view === null ? null : Math.round(performance.now() - this.#seenAt);
  }

  async lookQuickly(state: HostState): Promise<void> {
    const startedAt = performance.now();
    const routers = await this.#eyes.routers(state);
    this.#take(state, { ...this.view, routers: this.#newer(startedAt, routers) }, startedAt);
  }

  async lookFully(state: HostState): Promise<void> {
    if (state.pacemaker === null) return this.#take(state, { ...emptyView, disks: await this.#eyes.disks() }, performance.now());
    const startedAt = performance.now();
    const [sight, routers, daemons, guard, uplinks, disks, log] = await Promise.all([
      this.#eyes.pacemaker(state),
      this.#eyes.routers(state),
      this.#eyes.daemons(state),
      this.#eyes.guard(),
      this.#eyes.uplinks(state),
      this.#eyes.disks(),
      this.#eyes.fencingLog(),
    ]);
    const { observation: pacemaker, trouble } = sight ?? { observation: null, trouble: noTrouble };
    const fencing = fencingSight(state, trouble.fencing, pacemaker?.online ?? [], log);
    this.#take(
      state,
      { ...this.view, pacemaker, trouble, disks, fencing, guard, uplinks, daemons, routers: this.#newer(startedAt, routers) },
      startedAt,
    );
  }

  /** These routers, or those of a look that began later and was done sooner. */
  #newer(startedAt: number, routers: readonly RouterObservation[]): readonly RouterObservation[] {
    if (startedAt < this.#routersFrom) return this.view.routers;
    this.#routersFrom = startedAt;
    return routers;
  }

  #take(state: HostState, seen: ClusterView, startedAt: number): void {
    const before = this.#view;
    const view = { ...seen, carriers: carriersOf(state, seen) };
    this.#view = view;
    this.#seenAt = Math.max(this.#seenAt, startedAt);
    this.#onView(before, view);
  }
}

/** This host by its kernel, another one by Pacemaker's word; while nobody has a router, the one that had it. Pure. */
export function carriersOf({ pacemaker, host }: HostState, view: ClusterView): ClusterView["carriers"] {
  const known = (pacemaker?.routers ?? []).flatMap((router): [string, string][] => {
    const holdsIt = view.routers.some(({ name, holds }) => name === router.name && holds.length > 0);
    const running = view.pacemaker?.resources.find(({ id }) => id === routerResourceIds(router).vips)?.running ?? [];
    const carrier = holdsIt ? host.name : (running.find((name) => name !== host.name) ?? view.carriers[router.name]);
    return carrier === undefined ? [] : [[router.name, carrier]];
  });
  return Object.fromEntries(known);
}

import type { Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { addressOf } from "@rackway/net";
import type { ClusterDocument } from "@rackway/schema";

import type { AddressSpace } from "./address-space.ts";
import { addressSpacesOf, spaceKey } from "./address-space.ts";
import type { AddressDemand, NumberDemand } from "./demand.ts";
import { addressDemandsOf, fixedAddressesOf, numberDemandsOf } from "./demand.ts";
import type { Reservation } from "./reservation.ts";

export interface AllocationRequest {
  /** Validated. */
  readonly document: ClusterDocument;
  /** The live reservations of the current revision. */
  readonly existing: readonly Reservation[];
  /** What was live in the revision that a rollback goes back to: an automatic address comes back to its owner where it is free still. */
  readonly formerly?: readonly Reservation[];
  /** Written into new reservations as `sinceRevision`; null for a plan. */
  readonly revision: number | null;
}

/** All live reservations of the next revision, and how they came about. `reservations` = `added` + `kept`, sorted. */
export interface Allocated {
  readonly ok: true;
  readonly reservations: readonly Reservation[];
  readonly added: readonly Reservation[];
  readonly released: readonly Reservation[];
  /** Still held; `isUserDefined` follows the document. */
  readonly kept: readonly Reservation[];
}

export type Allocation = Allocated | { readonly ok: false; readonly issues: readonly Issue[] };

/** Addresses of routers and of namespaces' links are made from their index, with 12 bits. A VIP's number says which chunk of its namespace it is in. */
const numberLimits = { "router-index": 4094, "namespace-index": 4094, "node-id": 65_535, "vip-number": 1_000_000 } as const;

const numberNames = {
  "router-index": "router index",
  "namespace-index": "namespace index",
  "node-id": "node id",
  "vip-number": "VIP number",
} as const satisfies Record<NumberDemand["kind"], string>;

/**
 * The reservations that a document needs, given those that there are. Pure. Issues: `addresses-exhausted`, `address-taken`,
 * `numbers-exhausted`, all of them at once.
 */
export function allocate(request: AllocationRequest): Allocation {
  const ledger = new Ledger(request.existing, request.revision);
  allocateAddresses(request.document, request.formerly ?? [], ledger);
  allocateNumbers(numberDemandsOf(request.document), ledger);
  return ledger.close();
}

/** What is kept and added so far, and what is wrong. */
class Ledger {
  readonly #existing: ReadonlyMap<string, Reservation>;
  readonly #revision: number | null;
  readonly #kept = new Map<string, Reservation>();
  readonly #added: Reservation[] = [];
  readonly issues: Issue[] = [];

  constructor(existing: readonly Reservation[], revision: number | null) {
    this.#existing = new Map(existing.map((held) => [keyOf(held), held]));
    this.#revision = revision;
  }

  held(kind: Reservation["kind"], demand: { readonly scope: string; readonly owner: string }): Reservation | null {
    return this.#existing.get(keyOf({ kind, ...demand })) ?? null;
  }

  keep(held: Reservation, isUserDefined: boolean): void {
    this.#kept.set(keyOf(held), held.isUserDefined === isUserDefined ? held : { ...held, isUserDefined });
  }

  add(kind: Reservation["kind"], demand: { readonly scope: string; readonly owner: string }, value: string, isUserDefined: boolean): void {
    const { scope, owner } = demand;
    this.#added.push({ kind, scope, value, owner, isUserDefined, sinceRevision: this.#revision });
  }

  /** Values that somebody had until now and has not kept (so far). */
  leaving(kind: Reservation["kind"], scope?: string): Set<string> {
    const left = [...this.#existing.values()].filter((held) => held.kind === kind && (scope === undefined || held.scope === scope));
    return new Set(left.filter((held) => !this.#kept.has(keyOf(held))).map(({ value }) => value));
  }

  close(): Allocation {
    if (this.issues.length > 0) return { ok: false, issues: this.issues };
    const kept = [...this.#kept.values()].sort(compareReservations);
    const added = this.#added.sort(compareReservations);
    const released = [...this.#existing.values()].filter((held) => !this.#kept.has(keyOf(held))).sort(compareReservations);
    return { ok: true, reservations: [...kept, ...added].sort(compareReservations), added, released, kept };
  }
}

function allocateAddresses(document: ClusterDocument, formerly: readonly Reservation[], ledger: Ledger): void {
  const demands = addressDemandsOf(document);
  const spaces = addressSpacesOf(document);
  const written = new Map(fixedAddressesOf(document).map((fixed) => [fixed.address, fixed.path]));
  for (const { chosen, path } of demands) if (chosen !== null) written.set(chosen, path);
  const taken = new Set(written.keys());

  const waiting: AddressDemand[] = [];
  for (const demand of demands) {
    const held = ledger.held("address", demand);
    if (demand.chosen !== null) {
      if (held?.value === demand.chosen) ledger.keep(held, true);
      else ledger.add("address", demand, demand.chosen, true);
    } else if (held === null || !allows(spaces.get(spaceKey(demand.scope, demand.family)), held.value)) {
      waiting.push(demand);
    } else {
      const path = written.get(held.value);
      if (path !== undefined) {
        if (held.isUserDefined) waiting.push(demand);
        else ledger.issues.push(issue("address-taken", { address: held.value, owner: held.owner }, { path }));
        continue;
      }
      ledger.keep(held, false);
      taken.add(held.value);
    }
  }
  handOut(giveBack(waiting, formerly, spaces, taken, ledger), spaces, taken, ledger);
}

/** Gives back what an owner had formerly, where nobody has it or is just leaving it. Returns the demands that still wait; adds to `taken`. */
function giveBack(
  waiting: readonly AddressDemand[],
  formerly: readonly Reservation[],
  spaces: ReadonlyMap<string, AddressSpace>,
  taken: Set<string>,
  ledger: Ledger,
): AddressDemand[] {
  const leaving = ledger.leaving("address");
  const had = new Map(formerly.filter(({ kind }) => kind === "address").map((held) => [keyOf(held), held.value]));
  return waiting.filter((demand) => {
    const value = had.get(keyOf({ kind: "address", ...demand }));
    if (value === undefined || taken.has(value) || leaving.has(value)) return true;
    if (spaces.get(spaceKey(demand.scope, demand.family))?.candidates.has(addressOf(value)) !== true) return true;
    taken.add(value);
    ledger.add("address", demand, value, false);
    return false;
  });
}

/** New automatic addresses: the lowest that is free, addresses that are just being released last. */
function handOut(
  waiting: readonly AddressDemand[],
  spaces: ReadonlyMap<string, AddressSpace>,
  taken: ReadonlySet<string>,
  ledger: Ledger,
): void {
  const leaving = ledger.leaving("address");
  const sources = new Map<string, Generator<string, void, undefined>>();
  for (const demand of waiting) {
    const key = spaceKey(demand.scope, demand.family);
    const space = spaces.get(key);
    if (space === undefined) throw new Error(`no address space ${key} for ${demand.owner}`);
    const source = sources.get(key) ?? freeAddresses(space, taken, leaving);
    sources.set(key, source);
    const next = source.next();
    if (next.done === true) ledger.issues.push(shortage(demand, space));
    else ledger.add("address", demand, next.value, false);
  }
}

/** Each free address once. Nothing is added to `taken` meanwhile: what was chosen or kept is all in it already. */
function* freeAddresses(space: AddressSpace, taken: ReadonlySet<string>, leaving: ReadonlySet<string>): Generator<string, void, undefined> {
  const late: string[] = [];
  for (const { text } of space.candidates) {
    if (taken.has(text)) continue;
    if (leaving.has(text)) late.push(text);
    else yield text;
  }
  yield* late;
}

/** In the ranges and assignable. The gateway counts as within: one that is moved onto a VIP is a conflict, not a reason to move the VIP. */
function allows(space: AddressSpace | undefined, value: string): boolean {
  return space !== undefined && (space.candidates.has(addressOf(value)) || space.gateway?.text === value);
}

function shortage(demand: AddressDemand, space: AddressSpace): Issue {
  const ranges = space.ranges.map(({ text }) => text).join(", ");
  return issue("addresses-exhausted", { family: demand.family, owner: demand.owner, where: space.label, ranges }, { path: demand.path });
}

/** Smallest free numbers; a number that is just being released comes last, so that Corosync never sees one id for two hosts. */
function allocateNumbers(demands: readonly NumberDemand[], ledger: Ledger): void {
  for (const [, group] of Map.groupBy(demands, ({ kind, scope }) => `${kind} ${scope}`)) {
    const waiting: NumberDemand[] = [];
    const taken = new Set<number>();
    for (const demand of group) {
      const held = ledger.held(demand.kind, demand);
      if (held === null) waiting.push(demand);
      else {
        ledger.keep(held, false);
        taken.add(Number(held.value));
      }
    }
    const first = waiting[0];
    if (first === undefined) continue;
    const leaving = ledger.leaving(first.kind, first.scope);
    const source = freeNumbers(numberLimits[first.kind], taken, leaving);
    for (const demand of waiting) {
      const next = source.next();
      if (next.done !== true) ledger.add(demand.kind, demand, String(next.value), false);
      else {
        const what = `${numberNames[demand.kind]} in ${demand.scope}`;
        ledger.issues.push(issue("numbers-exhausted", { what, limit: numberLimits[demand.kind] }, { path: demand.path }));
      }
    }
  }
}

function* freeNumbers(limit: number, taken: ReadonlySet<number>, leaving: ReadonlySet<string>): Generator<number, void, undefined> {
  const late: number[] = [];
  for (let number = 1; number <= limit; number++) {
    if (taken.has(number)) continue;
    if (leaving.has(String(number))) late.push(number);
    else yield number;
  }
  yield* late;
}

function keyOf(held: Pick<Reservation, "kind" | "scope" | "owner">): string {
  return `${held.kind} ${held.scope} ${held.owner}`;
}

/** By kind, scope and owner: no order of a document or a table shines through. */
export function compareReservations(left: Reservation, right: Reservation): number {
  const [a, b] = [keyOf(left), keyOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

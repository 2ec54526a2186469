import { createHash } from "node:crypto";
import { hostname } from "node:os";

import type { CheckedVip } from "@rackway/schema";

import { arrivalMs } from "./decide.ts";
import type { AddressCourse, Verdict } from "./decide.ts";
import type { Held, HeldAddress } from "./held-file.ts";
import type { Instance } from "./instance.ts";

/** One address of a VIP that is held here. */
export interface Entry {
  /** The address: one namespace has it once. */
  readonly key: string;
  instance: Instance;
  held: Held;
  address: HeldAddress;
  readonly course: AddressCourse;
  /** Routers should prefer every other announcement to this one: whether there is one cannot be seen from here. */
  isSpare: boolean;
  timer: NodeJS.Timeout | null;
  isAsking: boolean;
  verdict: Verdict;
  /** When what could not be carried out is tried again. */
  notBefore: number;
}

/** As `status.json` has it. `now`: of the clock that the course goes by. */
export function checkedVip({ held, address, course, verdict, isSpare }: Entry, now: number): CheckedVip {
  // Of the wall clock as it is now: it may have been set since the process began.
  const since = new Date(Date.now() - (now - course.healthSince)).toISOString();
  const { health, announced } = course;
  const reason = `${reasonOf(course.reason, verdict)}${isSpare && announced ? ", and routers prefer every other to it" : ""}`;
  return { vip: address.vip, address: address.address, mode: held.mode, health, reason, since, announced, held: verdict.held };
}

function reasonOf(reason: string, { held }: Verdict): string {
  const words: Readonly<Record<NonNullable<Verdict["held"]>, string>> = {
    drained: "this host is drained",
    last: "no other host is known to announce it, so it stays",
    dampened: "it has come and gone too often, and waits",
    arrival: `an announcement stands for ${arrivalMs} ms at least`,
    "way-back": "no gateway for its replies answers",
  };
  return held === null ? reason : `${reason}; ${words[held]}`;
}

/** 0…1, another on every host and for every address: hosts in the same situation act one after the other. */
export function rankOf(key: string): number {
  return createHash("sha256").update(`${hostname()} ${key}`).digest().readUInt16BE(0) / 65_535;
}

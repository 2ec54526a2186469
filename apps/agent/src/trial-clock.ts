import { readFileSync } from "node:fs";

import { z } from "zod";

/** A host's own time: since its boot, which nobody sets; and of day, which outlives a boot. Milliseconds. */
export interface HostTime {
  readonly boot: string;
  readonly uptimeMs: number;
  readonly wallMs: number;
}

export const deadlineSchema = z.strictObject({
  boot: z.string(),
  uptimeMs: z.number(),
  wallMs: z.number(),
  /** What was left when it was set. */
  grantedMs: z.number(),
});

/** A moment that the host finds again after its agent's restart, and after a reboot. */
export type Deadline = z.infer<typeof deadlineSchema>;

export function deadlineIn(now: HostTime, leftMs: number): Deadline {
  return { boot: now.boot, uptimeMs: now.uptimeMs + leftMs, wallMs: now.wallMs + leftMs, grantedMs: leftMs };
}

/** Milliseconds to go; negative: it is over. After a reboot by the time of day, and never more than there were: the clock may have been set back. */
export function leftUntil(deadline: Deadline, now: HostTime): number {
  if (deadline.boot === now.boot) return deadline.uptimeMs - now.uptimeMs;
  return Math.min(deadline.wallMs - now.wallMs, deadline.grantedMs);
}

/** The earlier of two: an answer that was long on its way tells a later one than there is. */
export function earlierDeadline(known: Deadline, told: Deadline, now: HostTime): Deadline {
  return leftUntil(known, now) <= leftUntil(told, now) ? known : told;
}

/** proc(5): the boot's id, and the time since it, with the time asleep. */
export function observeHostTime(): HostTime {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return { boot, uptimeMs: Number.parseFloat(readFileSync("/proc/uptime", "utf8")) * 1000, wallMs: Date.now() };
}

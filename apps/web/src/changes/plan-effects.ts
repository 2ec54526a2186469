import type { Plan } from "@rackway/schema";

import type { Effect } from "../actions/effects.ts";

/** What applying a plan does to traffic, and what is not known of it: the server's own words. Pure. */
export function planEffects({ interrupts, warnings, drift, unobserved, nothingToDo }: Plan): Effect[] {
  if (nothingToDo) return [{ weight: "fine", text: "Nothing to do: no change, and the hosts are as they should be." }];
  const steps = (count: number): string => (count === 1 ? "1 step" : `${count} steps`);
  const effects: Effect[] = [
    ...interrupts.map(({ message }) => ({ weight: "stop" as const, text: message })),
    ...warnings.map(({ message, hint }) => ({ weight: "care" as const, text: hint === null ? message : `${message} (${hint})` })),
    ...drift.map((host) => ({
      weight: "care" as const,
      text: `${host.host} is not as it should be already: its agent has ${steps(host.steps.length)} to do.`,
    })),
    ...(unobserved.length === 0 ? [] : [{ weight: "care" as const, text: `How it is on ${unobserved.join(", ")} was not seen.` }]),
  ];
  return interrupts.length > 0 ? effects : [{ weight: "fine", text: "It interrupts no traffic." }, ...effects];
}

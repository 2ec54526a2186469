import type { Status } from "@rackway/schema";

import type { Tone } from "../parts/tag.tsx";

export type HostStatus = Status["hosts"][number];

/** How a host stands, gravest first; every word is something that was seen, or that nothing was. */
export function hostWord(host: HostStatus): { readonly tone: Tone; readonly text: string } {
  if (host.ageMs === null) return host.online ? { tone: "warn", text: "no agent" } : { tone: "warn", text: "not seen" };
  if (!host.online) return { tone: "crit", text: "offline" };
  if (host.agent === "absent") return { tone: "warn", text: "agent absent" };
  if (host.agent === "stale") return { tone: "warn", text: "agent silent" };
  if (host.drained) return { tone: "info", text: "drained" };
  if (host.paused) return { tone: "info", text: "paused" };
  if (host.converged === null) return { tone: "plain", text: "state not seen" };
  return host.converged ? { tone: "ok", text: "converged" } : { tone: "info", text: "converging" };
}

import type { VipView } from "@rackway/schema";

import type { Tone } from "../parts/tag.tsx";

type Health = VipView["addresses"][number]["health"];

export const healthTone = (health: Health): Tone => (health === "up" ? "ok" : health === "down" ? "crit" : "plain");

/** The worst of a VIP's addresses; null: a router's, whose health is the router's. */
export function worstHealth({ addresses }: Pick<VipView, "addresses">): Health {
  const all = addresses.map(({ health }) => health);
  return all.find((health) => health === "down") ?? all.find((health) => health === "unknown") ?? all[0] ?? null;
}

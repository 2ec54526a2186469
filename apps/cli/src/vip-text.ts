import type { HostView, VipView } from "@rackway/schema";

/** More hosts than this are a figure; `-o wide` and `describe` name them. */
const fewHosts = 2;

/** Hosts of a VIP in a table: their names, or of an anycast VIP how many of those that may have it: `4 of 6`. Empty: none. */
export function renderHosts({ mode, eligible }: Pick<VipView, "mode" | "eligible">, hosts: readonly string[]): string {
  if (mode !== "anycast" || hosts.length === 0 || eligible.length <= fewHosts) return hosts.join(", ");
  // Hosts beyond those of the document are no part of a whole.
  return hosts.every((host) => eligible.includes(host)) ? `${hosts.length} of ${eligible.length}` : hosts.join(", ");
}

/** Of all of its addresses: the hosts that have at least one of them. */
export function vipOwners({ addresses }: Pick<VipView, "addresses">): string[] {
  return distinct(addresses.map(({ owners }) => owners));
}

export function vipAnnouncers({ addresses }: Pick<VipView, "addresses">): string[] {
  return distinct(addresses.map(({ announcedBy }) => announcedBy));
}

export function renderVipHolders(vip: VipView): string {
  return byAddress(vip, ({ owners }) => renderHosts(vip, owners) || "NONE");
}

/** `-`: nobody announces failover VIPs and those of a rack's router, which are reached in their network. */
export function renderVipAnnouncers(vip: VipView): string {
  return vip.mode === "failover" ? "-" : byAddress(vip, ({ announcedBy }) => renderHosts(vip, announcedBy) || "NONE");
}

export function renderVipHealth(vip: VipView): string {
  return byAddress(vip, ({ health }) => health ?? "-");
}

/** `12 held, 10 announced, 2 down`: addresses on a host, as far as there is something to say. */
export function renderVipsOfHost(vips: HostView["vips"]): string {
  if (vips === null) return "-";
  return [`${vips.held} held`, `${vips.announced} announced`, ...(vips.down > 0 ? [`${vips.down} down`] : [])].join(", ");
}

/** How grave the gravest is; `describe vip` says what it is. */
export function renderVipProblems({ problems }: Pick<VipView, "problems">): string {
  return (["critical", "warning", "info"] as const).find((grave) => problems.some(({ severity }) => severity === grave)) ?? "-";
}

/** One word where it is the same for every address, else one for each, in their order. */
function byAddress(vip: VipView, word: (address: VipView["addresses"][number]) => string): string {
  const words = vip.addresses.map(word);
  return new Set(words).size === 1 ? (words[0] ?? "-") : words.join("; ") || "-";
}

function distinct(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}

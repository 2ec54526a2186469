import type { ResolverState, TimeState } from "@rackway/schema";

import { ourHeader } from "./our-text.ts";

/**
 * resolved.conf(5). The empty assignment takes away the servers of the host's own files; `~.` makes ours answer for every name, before those
 * that a link has from DHCP. The host's own domains stay, beside the document's.
 */
export function renderResolvedDropIn({ nameservers, search }: ResolverState): string {
  return [ourHeader, "[Resolve]", "DNS=", `DNS=${nameservers.join(" ")}`, `Domains=${["~.", ...search].join(" ")}`, ""].join("\n");
}

/** timesyncd.conf(5). It asks one server after the other; `FallbackNTP` is the host's own, and asked when nobody else is known. */
export function renderTimesyncdDropIn({ servers }: TimeState): string {
  return [ourHeader, "[Time]", "NTP=", `NTP=${servers.join(" ")}`, ""].join("\n");
}

/**
 * chrony.conf(5), a file of a `sourcedir`. `trust` and `prefer`: while a controller answers, its time is the host's, also when it is only the
 * controllers' common one (orphan mode) and the host's own sources say otherwise; these stay, for when no controller answers. Asked every 16 to
 * 64 s: it is a few milliseconds away, and a server that has died should be noticed in minutes.
 */
export function renderChronySources({ servers }: TimeState): string {
  return [ourHeader, ...servers.map((address) => `server ${address} iburst minpoll 4 maxpoll 6 prefer trust`), ""].join("\n");
}

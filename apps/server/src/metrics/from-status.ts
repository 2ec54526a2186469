import { isErrorCode, severityInStatus, statusCodes } from "@rackway/errors";
import type { RouterView, Status } from "@rackway/schema";

import type { CurrentView } from "../current-view.ts";
import { staleAfterMs } from "../status.ts";
import type { Samples } from "./samples.ts";

const familyOf = (family: 4 | 6): "ipv4" | "ipv6" => (family === 4 ? "ipv4" : "ipv6");
const secondsOf = (instant: string | null | undefined): number | null => (instant ? Date.parse(instant) / 1000 : null);
const isSeen = ({ ageMs }: { readonly ageMs: number | null }): boolean => ageMs !== null && ageMs <= staleAfterMs;

export function writeRevision(samples: Samples, { current }: Pick<CurrentView, "current">): void {
  if (current === null) return;
  samples.add("rackway_revision", {}, current.record.revision);
  samples.add("rackway_revision_created_timestamp_seconds", {}, secondsOf(current.record.createdAt));
}

/** By code, never by subject: a rack that is gone is a problem for each of its hosts and VIPs. */
export function writeProblems(samples: Samples, { problems, revision }: Pick<Status, "problems" | "revision">): void {
  if (revision === null) return;
  const counts = new Map<string, number>(statusCodes.map((code) => [`${code} ${severityInStatus(code)}`, 0]));
  for (const { code, severity } of problems) {
    // An agent of another version may say what this one does not know.
    const key = `${isErrorCode(code) ? code : "other"} ${severity}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const [key, count] of counts) {
    const [code = "", severity = ""] = key.split(" ");
    samples.add("rackway_problems", { code, severity }, count);
  }
}

export function writePacemaker(samples: Samples, status: Pick<Status, "pacemaker">, { current }: Pick<CurrentView, "current">): void {
  for (const { name: pacemaker, quorate, dc, fencing, hosts, quorumDevice, ...seen } of status.pacemaker) {
    const controllers = current?.pacemaker.find(({ settings }) => settings.name === pacemaker)?.controllers ?? [];
    samples.add("rackway_pacemaker_hosts", { pacemaker }, controllers.length);
    if (!isSeen(seen)) continue;
    samples.add("rackway_pacemaker_quorate", { pacemaker }, quorate);
    samples.add("rackway_pacemaker_has_dc", { pacemaker }, dc !== null);
    samples.add("rackway_pacemaker_fencing_enabled", { pacemaker }, fencing === "on");
    samples.add("rackway_pacemaker_hosts_online", { pacemaker }, hosts.length);
    samples.add("rackway_pacemaker_quorum_device_connected_hosts", { pacemaker }, quorumDevice?.connected.length);
  }
}

/** A router of which nobody has said anything lately is not on no host: it is not seen. */
export function writeRouters(samples: Samples, routers: readonly RouterView[]): void {
  for (const { name: router, controllers, status } of routers) {
    if (!isSeen(status)) continue;
    const { active, activeSince, vips, connectionSync, dns, ntp } = status;
    for (const host of controllers) samples.add("rackway_router_active", { router, host }, host === active);
    samples.add("rackway_router_active_since_timestamp_seconds", { router }, secondsOf(activeSince));
    for (const { vip, family, owners } of ownersByVip(vips)) samples.add("rackway_router_vip_owners", { router, vip, family }, owners);
    samples.add("rackway_router_sync_in_step", { router }, connectionSync?.inStep);
    const lagMs = connectionSync?.lagMs ?? null;
    samples.add("rackway_router_sync_lag_seconds", { router }, lagMs === null ? null : lagMs / 1000);
    for (const { family, used, limit } of status.connections?.ports ?? []) {
      samples.add("rackway_snat_ports_used", { router, family: familyOf(family) }, used);
      samples.add("rackway_snat_ports_limit", { router, family: familyOf(family) }, limit);
    }
    samples.add("rackway_router_dns_healthy", { router }, dns?.healthy);
    samples.add("rackway_router_ntp_healthy", { router }, ntp?.healthy);
    samples.add("rackway_router_ntp_offset_seconds", { router }, ntp === null ? null : ntp.offsetMs / 1000);
  }
}

/** While an address is changed, the old one may be on a host still, beside the new one: each pair of labels may be there once. */
function ownersByVip(vips: RouterView["status"]["vips"]) {
  const most = new Map<string, { readonly vip: string; readonly family: "ipv4" | "ipv6"; readonly owners: number }>();
  for (const { name, family, owners } of vips) {
    const key = `${name} ${family}`;
    const before = most.get(key)?.owners ?? 0;
    most.set(key, { vip: name, family: familyOf(family), owners: Math.max(before, owners.length) });
  }
  return most.values();
}

/** A VIP that none of its hosts has spoken of lately is not seen. */
export function writeVips(samples: Samples, { vips }: Pick<Status, "vips">): void {
  for (const { name, family, mode, namespace, eligible, owners, announcedBy, health, ...seen } of vips) {
    const labels = { vip: name, family: familyOf(family), mode, namespace };
    samples.add("rackway_vip_eligible_hosts", labels, eligible.length);
    if (!isSeen(seen)) continue;
    samples.add("rackway_vip_owners", labels, owners.length);
    // A failover VIP's owner answers for it in its network: no routing daemon tells anybody of it.
    samples.add("rackway_vip_announcers", labels, mode === "failover" ? null : announcedBy.length);
    samples.add("rackway_vip_healthy", labels, health === "unknown" ? null : health === "up");
  }
}

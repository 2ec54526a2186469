import type { PacemakerCluster } from "@rackway/ipam";
import { listed } from "@rackway/planner";
import type { Status, VipDetail, VipView } from "@rackway/schema";

import type { CurrentView } from "./current-view.ts";

type Rows = VipDetail["hosts"];

/**
 * What would become of a VIP's traffic if one host that has it went, without a drain, as things stand now. Pure. No time is given: how soon
 * neighbours and peers notice is theirs.
 */
export function foreseeLoss(
  vip: VipView,
  hosts: Rows,
  { view, status }: { readonly view: CurrentView; readonly status: Pick<Status, "pacemaker"> },
): VipDetail["ifHostGoes"] {
  const carriers = [...new Set(vip.addresses.flatMap(({ owners, announcedBy }) => (vip.mode === "anycast" ? announcedBy : owners)))];
  return carriers.map((host) => {
    const outcome = vip.mode === "anycast" ? withoutAnnouncer(vip, hosts, host) : withoutOwner(hosts, host, clusterOf(host, view), status);
    return { host, outcome };
  });
}

function withoutAnnouncer(vip: VipView, hosts: Rows, host: string): string {
  const outcomes = vip.addresses
    .filter(({ announcedBy }) => announcedBy.includes(host))
    .map(({ address, announcedBy }) => {
      const others = announcedBy.filter((each) => each !== host);
      if (others.length > 0) return { address, text: `its traffic goes to ${listed(others)}` };
      const ready = hosts.filter((row) => row.address === address && row.host !== host && row.state === "ok" && row.held === true);
      const next = ready.length === 0 ? "" : `, until its service is up on ${oneOf(ready.map((row) => row.host))}`;
      return { address, text: `cut off: nobody else announces it${next}` };
    });
  return inWords(outcomes);
}

/** Of both families the same is said once. */
function inWords(outcomes: readonly { readonly address: string; readonly text: string }[]): string {
  const texts = new Set(outcomes.map(({ text }) => text));
  return texts.size === 1 ? ([...texts][0] ?? "") : outcomes.map(({ address, text }) => `${address}: ${text}`).join("; ");
}

function withoutOwner(hosts: Rows, host: string, cluster: PacemakerCluster | null, { pacemaker }: Pick<Status, "pacemaker">): string {
  const others = [...new Set(hosts.filter((row) => row.host !== host && row.state === "ok").map((row) => row.host))];
  if (cluster === null || others.length === 0) return "cut off: no other host may take it over";
  const members = cluster.controllers.length;
  const seen = pacemaker.find(({ name }) => name === cluster.settings.name);
  const online = seen?.hosts.filter((each) => each !== host).length ?? 0;
  const device = seen?.quorumDevice ?? null;
  const [votes, all] = device === null ? [online, members] : [online + Math.min(1, device.connected.length), members + 1];
  // Without a device, two controllers have a rule of their own (two_node).
  if (all > 2 && votes * 2 <= all)
    return `cut off: Pacemaker cluster ${cluster.settings.name} would have ${votes} of ${all} ${device === null ? "hosts" : "votes"}, and no quorum`;
  const wait = cluster.settings.takeover === "fenced" ? `, once ${host} is known to be off` : "";
  return `Pacemaker starts it on ${oneOf(others)}${wait}`;
}

function clusterOf(host: string, { current }: CurrentView): PacemakerCluster | null {
  return current?.pacemaker.find(({ controllers }) => controllers.some(({ name }) => name === host)) ?? null;
}

/** `a`, `a or b`, `a, b or c`. */
function oneOf(names: readonly string[]): string {
  const unique = [...new Set(names)];
  return unique.length <= 1 ? (unique[0] ?? "") : `${unique.slice(0, -1).join(", ")} or ${unique.at(-1) ?? ""}`;
}

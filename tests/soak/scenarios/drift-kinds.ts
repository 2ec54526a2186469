import type { Stand } from "../../harness/stand.ts";

/** `active`: the controller that carries the router. `standby`: one that does not. `member`: a host that uses it. */
export type Role = "active" | "standby" | "member";

/** Where a drift is caused: everything that its scripts may name. */
export type Target = {
  stand: Stand;
  host: string;
  role: Role;
  vips: Awaited<ReturnType<Stand["vips"]>>;
  /** The router's number, which its links' names in the host have. */
  index: number;
  /** From 0 to below 1, drawn once for this drift: where there are several things to hit, which. */
  choice: number;
};

/**
 * One thing that somebody takes away by hand. Scripts run in the host's root namespace. `isBack` must be false right after `hit`; it is
 * asked until it is true.
 */
export type DriftKind = {
  name: string;
  roles: readonly Role[];
  hit: (target: Target) => string;
  isBack: (target: Target) => string;
  /** Daemons of that host that end with what is hit; all others must be the same processes afterwards. */
  restarts?: readonly ("conntrackd" | "radvd" | "watch")[];
  /** The owner's link is dead while this is missing: the router goes to a better host when it takes longer than the watch's patience. */
  mayLeave?: boolean;
};

const netns = "rw-vr-a";
const both = ["active", "standby"] as const;

/** A standby has no VIP to lose; the address that it has is that of its way out. */
const address: DriftKind = {
  name: "address",
  roles: both,
  hit: (target) => `ip -n ${netns} address delete ${addressOf(target)}`,
  isBack: (target) => `ip -n ${netns} -o address show | grep -qF ' ${addressOf(target).split("/")[0]}/'`,
};

function addressOf({ role, vips, index, choice }: Target): string {
  if (role === "standby") return `${wayOut(index)}.${(index & 63) * 4 + 2}/30 dev host`;
  const choices = [`${vips.management.ipv4}/24 dev mgmt`, `${vips.public.ipv4}/25 dev public`, `${vips.public.ipv6}/64 dev public`];
  return choices[Math.floor(choice * choices.length)] ?? "";
}

const wayOut = (index: number): string => `169.254.${128 + (index >> 6)}`;

/** The owner's way out is the public gateway, a standby's is its host. */
const defaultRoute: DriftKind = {
  name: "default route",
  roles: both,
  hit: ({ role }) => `ip -n ${netns} route delete default dev ${role === "active" ? "public" : "host"}`,
  isBack: ({ role }) => `ip -n ${netns} route show default dev ${role === "active" ? "public" : "host"} | grep -q 'proto 82'`,
};

const translation: DriftKind = {
  name: "SNAT rules",
  roles: both,
  hit: () => `ip netns exec ${netns} nft flush chain inet rackway-router translate`,
  isBack: () => `ip netns exec ${netns} nft list chain inet rackway-router translate | grep -q 'snat ip to'`,
};

const routerSysctl: DriftKind = {
  name: "sysctl",
  roles: both,
  hit: () => `ip netns exec ${netns} sysctl -qw net.ipv4.ip_forward=0`,
  isBack: () => `test "$(ip netns exec ${netns} sysctl -n net.ipv4.ip_forward)" = 1`,
};

/** With the owner's public link go its public VIPs and its default route. */
const veth: DriftKind = {
  name: "veth",
  roles: both,
  hit: (target) => `ip link delete rwp-${target.index}`,
  isBack: ({ role, index, vips }) =>
    `ip -o link show dev rwp-${index} 2>/dev/null | grep -q 'master br-ex .*state UP' && ` +
    (role === "active"
      ? `ip -n ${netns} -o address show dev public | grep -qF ' ${vips.public.ipv4}/' && ip -n ${netns} route show default dev public | grep -q .`
      : `ip -n ${netns} -o link show dev public | grep -q LOWER_UP`),
};

const namespace: DriftKind = {
  name: "namespace",
  roles: both,
  restarts: ["conntrackd", "radvd", "watch"],
  hit: () => `ip netns delete ${netns}`,
  isBack: ({ role, index, vips }) =>
    `ip netns exec ${netns} nft list table inet rackway-router >/dev/null 2>&1 && ip -o link show dev rwp-${index} | grep -q 'master br-ex ' && ` +
    `pgrep -x conntrackd >/dev/null` +
    (role === "active" ? ` && ip -n ${netns} -o address show dev public | grep -qF ' ${vips.public.ipv4}/'` : ""),
};

const conntrackd: DriftKind = {
  name: "conntrackd killed",
  roles: both,
  restarts: ["conntrackd"],
  hit: () => "pid=$(cat /run/rackway/rw-vr-a-sync/pid) && kill -KILL $pid && while kill -0 $pid 2>/dev/null; do sleep 0.01; done",
  isBack: () => "conntrackd -C /run/rackway/rw-vr-a-sync/conntrackd.conf -s >/dev/null 2>&1",
};

const bridge: DriftKind = {
  name: "br-ex",
  roles: both,
  mayLeave: true,
  hit: () => "ip link delete br-ex",
  isBack: ({ index, host, stand }) =>
    `ip -o address show dev br-ex 2>/dev/null | grep -qF ' ${publicAddress(stand, host)}/' && ip -o link show dev rwp-${index} | grep -q 'master br-ex ' && ` +
    "ip route show default dev br-ex | grep -q 'proto 82'",
};

function publicAddress(stand: Stand, host: string): string {
  return stand.document.spec.hosts.find(({ name }) => name === host)?.addresses["public"]?.[0] ?? "";
}

const rootSysctl: DriftKind = {
  name: "root sysctl",
  roles: both,
  hit: () => "sysctl -qw net.ipv4.ip_forward=0",
  isBack: () => 'test "$(sysctl -n net.ipv4.ip_forward)" = 1',
};

const memberRoute: DriftKind = {
  name: "member's default route",
  roles: ["member"],
  hit: () => "ip route delete default proto 82",
  isBack: ({ vips }) => `ip route show default proto 82 | grep -qF 'via ${vips.management.ipv4} '`,
};

/** What Pacemaker's agents put back and what Rackway's agent does, in an order that keeps failures of the VIPs apart: three within a minute move them. */
export const driftKinds: readonly DriftKind[] = [
  address,
  translation,
  routerSysctl,
  conntrackd,
  rootSysctl,
  memberRoute,
  defaultRoute,
  bridge,
  namespace,
  veth,
];

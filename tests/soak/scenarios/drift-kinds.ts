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
  /** On the owner, the VIPs' monitor sees it, and Pacemaker restarts them: the third time within a minute on another host. */
  failsVips?: boolean;
  /**
   * The owner cannot carry the router while this is missing, so the router may go to another host, which is sooner there than this is back: the
   * VIPs find no link to be put on, or the watch sees a dead one. It does not come back by itself.
   */
  mayLeave?: boolean;
};

const netns = "rw-vr-a";
const both = ["active", "standby"] as const;

/** A standby has no VIP to lose; the address that it has is that of its way out. */
const address: DriftKind = {
  name: "address",
  roles: both,
  failsVips: true,
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
  failsVips: true,
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
  failsVips: true,
  mayLeave: true,
  hit: ({ index }) => `ip link delete rwp-${index}`,
  isBack: ({ index }) =>
    `ip -o link show dev rwp-${index} 2>/dev/null | grep -q 'master br-ex .*state UP' && ip -n ${netns} -o link show dev public | grep -q LOWER_UP`,
};

const namespace: DriftKind = {
  name: "namespace",
  roles: both,
  restarts: ["conntrackd", "radvd", "watch"],
  failsVips: true,
  mayLeave: true,
  hit: () => `ip netns delete ${netns}`,
  isBack: ({ index }) =>
    `ip netns exec ${netns} nft list table inet rackway-router >/dev/null 2>&1 && ip -o link show dev rwp-${index} 2>/dev/null | grep -q 'master br-ex ' && ` +
    "conntrackd -C /run/rackway/rw-vr-a-sync/conntrackd.conf -s >/dev/null 2>&1",
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

/** What Pacemaker's agents put back and what Rackway's agent does, in an order that keeps failures of the VIPs on one host apart. */
export const driftKinds: readonly DriftKind[] = [
  defaultRoute,
  namespace,
  translation,
  routerSysctl,
  conntrackd,
  rootSysctl,
  memberRoute,
  bridge,
  address,
  veth,
];

import type { NtpState, RouterState, ServiceNtpState } from "@rackway/schema";

/** What a time server is rendered from. */
export type TimeServer = ServiceNtpState &
  Pick<NtpState, "peers"> &
  Pick<RouterState, "index"> & {
    /** Addresses that its own questions come from, one of a family. Absent: what the kernel chooses. */
    readonly askFrom?: readonly string[];
  };

/** Where the time servers of one router reach each other, over its synchronisation link: an address for each host, never routed (RFC 4193). */
export function peerPrefix({ index }: Pick<RouterState, "index">): string {
  return `fd72:6b77:7379:${index.toString(16)}::/64`;
}

export function peerAddress({ index }: Pick<RouterState, "index">, nodeId: number): string {
  return `fd72:6b77:7379:${index.toString(16)}::${nodeId.toString(16)}`;
}

/**
 * Renders chrony.conf(5) for a namespace, for a chronyd that is run with `-x`. `@STATE@` stands for the folder of its files; `sources` in
 * it holds `renderTimeSources`.
 *
 * With `-x` it never touches the host's clock, which somebody else may discipline. It keeps what it learns of the true time as an offset to
 * that clock, and answers with the clock and the offset together: members get the upstreams' time, whatever the host's own clock says.
 *
 * `local … orphan`: the servers of a router follow each other when no upstream answers, and agree on one of them to lead (the smallest
 * reference id); so they stay together, at a stratum that says that nobody knows better.
 *
 * Nobody but the host itself is let in here: the resource agent does that, for members and the other servers alike, once it follows somebody. One
 * that has just begun knows nothing but its host's clock, and who is told that takes it for the time.
 */
export function renderChronyConf(server: TimeServer): string {
  const { orphanStratum, certificateAuthorities, askFrom = [] } = server;
  return [
    "# Managed by Rackway (ocf:rackway:ntp).",
    "sourcedir @STATE@/sources",
    `local stratum ${orphanStratum} orphan`,
    "allow 127.0.0.1",
    "allow ::1",
    ...askFrom.map((address) => `bindacqaddress ${address}`),
    "cmdport 0",
    "bindcmdaddress @STATE@/chrony/control",
    "pidfile @STATE@/chrony/pid",
    "driftfile @STATE@/chrony/drift",
    "dumpdir @STATE@/chrony",
    "ntsdumpdir @STATE@/chrony",
    ...(certificateAuthorities === null ? [] : [`ntstrustedcerts ${certificateAuthorities}`]),
    "",
  ].join("\n");
}

/** Upstreams, and all servers of the router; each host leaves itself out. */
export function renderTimeSources(server: TimeServer): string {
  const polling = "iburst minpoll 4 maxpoll 6";
  return [
    ...server.upstreams.map((upstream) => `server ${upstream.server} ${polling}${upstream.nts ? " nts" : ""}`),
    ...server.peers.map(({ nodeId }) => `server ${peerAddress(server, nodeId)} ${polling}`),
    "",
  ].join("\n");
}

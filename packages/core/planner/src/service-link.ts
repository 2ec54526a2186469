/**
 * Addresses of service namespaces' links, all on one host-local bridge. They mean nothing beyond the host, so they are the same on every one:
 * IPv4 from 169.254.64.0/18 (RFC 3927, never routed; the ways out of routers have 169.254.128.0/18), IPv6 from one ULA /64 (RFC 4193).
 */
export const serviceBridge = {
  name: "rw-any",
  hostIpv4: "169.254.64.1",
  hostIpv6: "fd72:6b77:616e::1",
  ipv4Length: 18,
  ipv6Length: 64,
  /** Number of the table, and preference of the rules that lead to it. */
  replyTable: 8200,
} as const;

/** The namespace's end, by its index (1 to 4094). No last byte of 0, 1 or 255: some software takes these for what they are elsewhere. */
export function serviceLink(index: number): { readonly linkIpv4: string; readonly linkIpv6: string } {
  if (!Number.isInteger(index) || index < 1 || index > 4094) throw new RangeError(`no service namespace has the index ${index}`);
  const perThird = 253;
  const [third, fourth] = [64 + Math.floor((index - 1) / perThird), 2 + ((index - 1) % perThird)];
  return { linkIpv4: `169.254.${third}.${fourth}`, linkIpv6: `fd72:6b77:616e::${(index + 1).toString(16)}` };
}

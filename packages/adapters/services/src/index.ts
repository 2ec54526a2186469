/**
 * The daemons that serve in a namespace: their configuration rendered from a host state, and what of them is seen.
 *
 * Who starts, reloads, asks and stops them are Pacemaker's resource agents (packages/adapters/pacemaker/ocf), which get the rendered text in
 * their parameters and hand it to the daemon's own checker before they use it.
 *
 * Files: `unbound-conf.ts` and `chrony-conf.ts` (name and time service of a router or a service namespace), `observe-dns.ts`, `observe-ntp.ts`, `observe-upstreams.ts`; `haproxy-conf.ts` (HAProxy
 * on the VIPs of a service namespace), `observe-haproxy.ts` (how it finds its backends).
 */
export { peerAddress, peerPrefix, renderChronyConf, renderTimeSources, type TimeServer } from "./chrony-conf.ts";
export * from "./haproxy-conf.ts";
export { observeDns } from "./observe-dns.ts";
export * from "./observe-haproxy.ts";
export { observeNtp } from "./observe-ntp.ts";
export { areNameServersSilent, areTimeServersSilent } from "./observe-upstreams.ts";
export { probeName, renderNames, renderUnboundConf, routerNameServer, type NameServer } from "./unbound-conf.ts";

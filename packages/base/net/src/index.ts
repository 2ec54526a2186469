/**
 * Net: addresses, prefixes and ranges of IPv4 and IPv6, MAC addresses and interface names, as values with guarantees.
 *
 * What it models. Text from a user goes through `parseX`, which answers with a value or an issue and never throws; what it has accepted
 * is an immutable value (`Address`, `Prefix`, `AddressRange`) or a branded text (`MacAddress`, `InterfaceName`), and everything else here
 * works on those. `addressOf`, `prefixOf` and `rangeOf` are for text that has been accepted before; they throw, as for any broken invariant.
 * Arithmetic is on bigint, so that IPv6 is no special case. Text is canonical: RFC 5952 for IPv6, so equal addresses have equal `text`.
 *
 * Strictness. Exactly what `inet_pton(3)` takes is an address (a property test holds the parser to Node's `net.isIP`, which is built on
 * it; this package itself does no I/O and imports no Node module, so that the web UI can have it too), less two forms:
 * - zone ids (`fe80::1%eth0`): an address of a document means the same on every host;
 * - IPv4-mapped IPv6 (`::ffff:192.0.2.1`): the same host under two names would be reserved twice.
 * Popular libraries are lenient: ipaddr.js reads `010.0.0.1` as 8.0.0.1.
 *
 * Subnets with names (`prefixKind`): `host` (/32, /128), `point-to-point` (/31, RFC 3021; /127, RFC 6164: both addresses usable), `subnet`
 * (the rest). In an IPv4 subnet the network and broadcast addresses are not usable, in an IPv6 subnet the subnet-router anycast address
 * (RFC 4291, section 2.6.1) is not. Departure: the anycast addresses reserved by RFC 2526 (the last 128 of a subnet) count as usable,
 * since small IPv6 pools of service addresses are common.
 *
 * Files: `address.ts`, `address-text.ts` (grammar and canonical text), `address-kind.ts` (loopback, multicast, …), `prefix.ts`, `range.ts`,
 * `range-set.ts` (lazy sets: subtract, first, iterate), `mac-address.ts`, `interface-name.ts`, `parsed.ts` (the answer of a parser).
 */
export * from "./address.ts";
export * from "./address-kind.ts";
export * from "./interface-name.ts";
export * from "./mac-address.ts";
export * from "./parsed.ts";
export * from "./prefix.ts";
export * from "./range.ts";
export * from "./range-set.ts";

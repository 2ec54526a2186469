import type { Address } from "./address.ts";

/** What an address is for (IANA's special-purpose registries, as far as it matters to who may hold it). */
export type AddressKind = "unspecified" | "loopback" | "link-local" | "multicast" | "broadcast" | "reserved" | "unicast";

/** The kind of an address. Private, shared, documentation and unique-local addresses are `unicast`: a host may hold them. */
export function addressKind(address: Address): AddressKind {
  return address.family === 4 ? kindOfIpv4(address.value) : kindOfIpv6(address.value);
}

/** True where a host or a VIP may hold it: unicast. Link-local addresses are made by hosts, not given by documents. */
export function isAssignable(address: Address): boolean {
  return addressKind(address) === "unicast";
}

function kindOfIpv4(value: bigint): AddressKind {
  const first = value >> 24n;
  if (value === 0n) return "unspecified";
  if (value === 0xffff_ffffn) return "broadcast";
  if (first === 127n) return "loopback";
  if (value >> 16n === 0xa9fen) return "link-local";
  if (first >= 224n && first < 240n) return "multicast";
  // 0.0.0.0/8 is "this network" (RFC 1122), 240.0.0.0/4 is reserved (RFC 1112).
  return first === 0n || first >= 240n ? "reserved" : "unicast";
}

function kindOfIpv6(value: bigint): AddressKind {
  if (value === 0n) return "unspecified";
  if (value === 1n) return "loopback";
  if (value >> 118n === 0x3fan) return "link-local";
  if (value >> 120n === 0xffn) return "multicast";
  // ::/8 is reserved by the IETF (RFC 4291), but for 64:ff9b::/96 and 64:ff9b:1::/48 (RFC 6052, RFC 8215), which translators hold.
  if (value >> 120n === 0n) return value >> 32n === 0x64_ff9bn << 64n || value >> 80n === 0x64_ff9b_0001n ? "unicast" : "reserved";
  return "unicast";
}

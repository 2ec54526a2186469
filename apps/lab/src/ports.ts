import { createHash } from "node:crypto";

/** One end of a cable: an interface of a lab host. */
export interface Port {
  host: string;
  /** Interface name inside the host. */
  name: string;
  /** What an operator calls it in `link HOST:NETWORK`: a network's name, `fabric`, or the host at the other end. */
  network: string;
  mac: string;
  mtu: number;
  /** The Linux bridge that the host's boot puts the interface on. */
  master?: string;
  /** Addresses with prefix length that the boot puts on the interface itself, or on `master` where `addressesOnMaster`. */
  addresses: string[];
}

/** A cable; the far end is always at a router. */
export interface Cable {
  near: Port;
  far: Port;
}

/** `m-ctl-a1`; names that would pass the kernel's 15 characters keep their beginning and get four digits of a hash. */
export function portName(prefix: string, host: string): string {
  const name = `${prefix}-${host}`;
  if (name.length <= 15) return name;
  return `${name.slice(0, 10)}-${hash(name).slice(0, 4)}`;
}

/** Same rule for names without a prefix (`br-management`, the name of a router at the other end). */
export function interfaceName(wanted: string): string {
  return wanted.length <= 15 ? wanted : `${wanted.slice(0, 10)}-${hash(wanted).slice(0, 4)}`;
}

/** A locally administered unicast address that an interface keeps over every power cycle, as a real card does. */
export function macOf(host: string, name: string): string {
  const bytes = hash(`${host}/${name}`).slice(0, 10).match(/../g) ?? [];
  return ["02", ...bytes].join(":");
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The two ends of the n-th point-to-point cable: a /31 (RFC 3021) and a /127 (RFC 6164) from the fabric's prefixes. */
export function pointToPoint(fabric: { ipv4: string; ipv6: string }, index: number): [string[], string[]] {
  if (index >= 32768) throw new RangeError("a /16 has room for 32768 point-to-point cables");
  const base4 = fabric.ipv4.split(".").slice(0, 2).join(".");
  const base6 = fabric.ipv6.replace("/64", "");
  const end = (n: number): string[] => [`${base4}.${n >> 8}.${n & 255}/31`, `${base6}${n.toString(16)}/127`];
  return [end(2 * index), end(2 * index + 1)];
}

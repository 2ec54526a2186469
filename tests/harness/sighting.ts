import type { Frame } from "./pcap.ts";

/**
 * A frame by which a link-layer address shows itself as owner of an IP address, in the sense of the design: it answers ARP or neighbour
 * solicitation for it (`answer`), announces it (`announce`: gratuitous ARP of either form, unsolicited advertisement), or sources traffic
 * from it (`source`; an ARP request with it as the sender is that, too).
 */
export type Sighting = { atMs: number; address: string; mac: string; kind: "answer" | "announce" | "source" };

/** Looks a frame through for one of the addresses, given as `packAddress` packs them (RFC 826, RFC 4861, RFC 5227). */
export function parseSighting(frame: Frame, addresses: ReadonlyMap<string, string>): Sighting | undefined {
  const { bytes } = frame;
  if (bytes.length < 34) return undefined;
  const found = parseByType(bytes, addresses);
  return found && { atMs: frame.atMs, ...found };
}

type Found = Omit<Sighting, "atMs">;

function parseByType(bytes: Buffer, addresses: ReadonlyMap<string, string>): Found | undefined {
  const type = bytes.readUInt16BE(12);
  if (type === 0x0806) return parseArp(bytes, addresses);
  if (type === 0x0800) return parseSource(bytes, bytes.subarray(26, 30), addresses);
  if (type !== 0x86dd || bytes.length < 54) return undefined;
  const isAdvertisement = bytes[20] === 58 && bytes[54] === 136 && bytes.length >= 78;
  return isAdvertisement ? parseAdvertisement(bytes, addresses) : parseSource(bytes, bytes.subarray(22, 38), addresses);
}

function parseSource(bytes: Buffer, source: Buffer, addresses: ReadonlyMap<string, string>): Found | undefined {
  const address = addresses.get(source.toString("hex"));
  return address === undefined ? undefined : { address, mac: renderMac(bytes.subarray(6, 12)), kind: "source" };
}

function parseArp(bytes: Buffer, addresses: ReadonlyMap<string, string>): Found | undefined {
  if (bytes.length < 42) return undefined;
  const address = addresses.get(bytes.subarray(28, 32).toString("hex"));
  if (address === undefined) return undefined;
  const isReply = bytes.readUInt16BE(20) === 2;
  const isForItself = bytes.subarray(28, 32).equals(bytes.subarray(38, 42));
  const isBroadcast = bytes.readUIntBE(0, 6) === 0xffffffffffff;
  const kind = isForItself || (isReply && isBroadcast) ? "announce" : isReply ? "answer" : "source";
  return { address, mac: renderMac(bytes.subarray(22, 28)), kind };
}

function parseAdvertisement(bytes: Buffer, addresses: ReadonlyMap<string, string>): Found | undefined {
  const address = addresses.get(bytes.subarray(62, 78).toString("hex"));
  if (address === undefined) return undefined;
  const hasTarget = bytes.length >= 86 && bytes.readUInt16BE(78) === 0x0201;
  const isSolicited = (bytes[58]! & 0x40) !== 0;
  return { address, mac: renderMac(hasTarget ? bytes.subarray(80, 86) : bytes.subarray(6, 12)), kind: isSolicited ? "answer" : "announce" };
}

function renderMac(bytes: Buffer): string {
  return bytes.toString("hex").replace(/(..)(?=.)/g, "$1:");
}

/** The key of an address in the map that `parseSighting` takes: its bytes as hexadecimal digits. */
export function packAddress(address: string): string {
  if (!address.includes(":")) return Buffer.from(address.split(".").map(Number)).toString("hex");
  // The WHATWG URL parser writes an IPv6 address in its one shortest form, without embedded IPv4.
  const [head, tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::") as [string, string | undefined];
  const groups = (text: string | undefined): string[] => (text ? text.split(":") : []);
  const [left, right] = [groups(head), groups(tail)];
  const all = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return all.map((group) => group.padStart(4, "0")).join("");
}

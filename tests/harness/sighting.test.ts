import { describe, expect, it } from "vitest";
import { parsePcap } from "./pcap.ts";
import { packAddress, parseSighting } from "./sighting.ts";

const owner = "02:00:00:00:00:0a";
const [vip4, vip6] = ["10.0.0.10", "fd00::10"];
const addresses = new Map([vip4, vip6].map((address) => [packAddress(address), address]));
const hex = (text: string): Buffer => Buffer.from(text.replace(/[ :]/g, ""), "hex");
const [ip, other] = [packAddress(vip4), packAddress("10.0.0.99")];
const six = packAddress(vip6);
const broadcast = "ffffffffffff";

function arp(op: 1 | 2, sender: string, target: string, to = "020000000001"): Buffer {
  return hex(`${to} ${owner} 0806 0001 0800 06 04 000${op} ${owner} ${sender} 000000000000 ${target}`);
}
function advertisement(flags: string, option = `0201 ${owner}`): Buffer {
  return hex(
    `020000000001 020000000077 86dd 60000000 0020 3a ff ${packAddress("fe80::1")} ${packAddress("fe80::2")} 88 00 0000 ${flags}000000 ${six} ${option}`,
  );
}
const look = (bytes: Buffer): unknown => parseSighting({ atMs: 5, bytes }, addresses);
const sighting = (address: string, kind: string, mac = owner): unknown => ({ atMs: 5, address, mac, kind });

describe("sightings of an owner", () => {
  it("an ARP reply to one asker answers; a reply to all, or about itself, announces", () => {
    expect(look(arp(2, ip, other))).toEqual(sighting(vip4, "answer"));
    expect(look(arp(2, ip, other, broadcast))).toEqual(sighting(vip4, "announce"));
    expect(look(arp(2, ip, ip))).toEqual(sighting(vip4, "announce"));
  });
  it("an ARP request announces when it asks for itself, and is traffic when it asks for another", () => {
    expect(look(arp(1, ip, ip, broadcast))).toEqual(sighting(vip4, "announce"));
    expect(look(arp(1, ip, other, broadcast))).toEqual(sighting(vip4, "source"));
  });
  it("a question for the address, also a probe from nobody, is no sighting", () => {
    expect(look(arp(1, other, ip, broadcast))).toBeUndefined();
    expect(look(arp(1, "00000000", ip, broadcast))).toBeUndefined();
  });
  it("a neighbour advertisement answers when it is solicited, and announces when not; it names its owner in an option or by its source", () => {
    expect(look(advertisement("60"))).toEqual(sighting(vip6, "answer"));
    expect(look(advertisement("20"))).toEqual(sighting(vip6, "announce"));
    expect(look(advertisement("60", ""))).toEqual(sighting(vip6, "answer", "02:00:00:00:00:77"));
  });
  it("a packet from the address is traffic, a packet to it is nothing", () => {
    const packet4 = (from: string, to: string): Buffer => hex(`020000000001 ${owner} 0800 4500 0014 0000 0000 40 11 0000 ${from} ${to}`);
    const packet6 = (from: string, to: string): Buffer => hex(`020000000001 ${owner} 86dd 60000000 0000 11 40 ${from} ${to}`);
    expect(look(packet4(ip, other))).toEqual(sighting(vip4, "source"));
    expect(look(packet4(other, ip))).toBeUndefined();
    expect(look(packet6(six, packAddress("fd00::1")))).toEqual(sighting(vip6, "source"));
    expect(look(packet6(packAddress("fd00::1"), six))).toBeUndefined();
  });
  it("frames that are cut short are nothing", () => {
    const whole = arp(2, ip, other);
    for (let length = 0; length < whole.length; length++) expect(look(whole.subarray(0, length))).toBeUndefined();
  });
});

describe("packed addresses", () => {
  it.each([
    ["0.0.0.0", "00000000"],
    ["203.0.113.10", "cb00710a"],
    ["::", "0".repeat(32)],
    ["2001:db8:a::10", "20010db8000a00000000000000000010"],
    ["2001:DB8:0:0:1:0:0:1", "20010db8000000000001000000000001"],
    ["::ffff:1.2.3.4", "00000000000000000000ffff01020304"],
  ])("%s", (address, packed) => expect(packAddress(address)).toBe(packed));
});

describe("capture files", () => {
  const record = (endian: "LE" | "BE", seconds: number, fraction: number, data: Buffer): Buffer => {
    const header = Buffer.alloc(16);
    for (const [index, value] of [seconds, fraction, data.length, data.length].entries()) header[`writeUInt32${endian}`](value, index * 4);
    return Buffer.concat([header, data]);
  };
  const header = (endian: "LE" | "BE", magic: number, link = 1): Buffer => {
    const bytes = Buffer.alloc(24);
    bytes[`writeUInt32${endian}`](magic, 0);
    bytes[`writeUInt32${endian}`](link, 20);
    return bytes;
  };
  it.each([
    ["LE", 0xa1b2c3d4, 500_000],
    ["BE", 0xa1b2c3d4, 500_000],
    ["LE", 0xa1b23c4d, 500_000_000],
    ["BE", 0xa1b23c4d, 500_000_000],
  ] as const)("are read in byte order %s with magic number %i; a record that is cut off is left out", (endian, magic, fraction) => {
    const whole = record(endian, 7, fraction, Buffer.from("one"));
    const file = Buffer.concat([header(endian, magic), whole, whole.subarray(0, 18)]);
    expect(parsePcap(file)).toEqual([{ atMs: 7500, bytes: Buffer.from("one") }]);
  });
  it("are refused when they are not captures of Ethernet frames", () => {
    expect(() => parsePcap(Buffer.from("tcpdump: no such device"))).toThrow("not a capture");
    expect(() => parsePcap(header("LE", 1))).toThrow("not a capture");
    expect(() => parsePcap(header("LE", 0xa1b2c3d4, 113))).toThrow("link type 113");
  });
});

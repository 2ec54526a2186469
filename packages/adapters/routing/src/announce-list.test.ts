import { describe, expect, test } from "vitest";

import { announceList, lastSequence } from "./announce-list.ts";

const vips = (addresses: readonly string[]) =>
  addresses.map((address) => {
    const family = address.includes(":") ? (6 as const) : (4 as const);
    return { family, prefix: `${address}/${family === 4 ? 32 : 128}`, vip: address, namespace: "web" };
  });
const matches = (addresses: readonly string[], family: 4 | 6 = 4): string[] =>
  announceList(vips(addresses), family)
    .map(({ match }) => match)
    .toSorted();
const ipv4 = (number: number): string => `10.${77 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;

describe("the list of what may be announced", () => {
  test("says exactly the VIPs, in as few lines as do", () => {
    expect(matches(["10.77.0.1"])).toEqual(["10.77.0.1/32"]);
    expect(matches(["10.77.0.4", "10.77.0.5", "10.77.0.6", "10.77.0.7", "10.77.0.9"])).toEqual(["10.77.0.4/30 ge 32", "10.77.0.9/32"]);
    expect(matches(["fd00:77::2", "fd00:77::3"], 6)).toEqual(["fd00:77::2/127 ge 128"]);
    expect(matches(["fd00:77::2"], 4)).toEqual([]);
  });

  test("ten thousand VIPs side by side are a handful of lines", () => {
    expect(matches(Array.from({ length: 10_000 }, (_, index) => ipv4(index))).length).toBeLessThan(8);
  });

  test("never has more lines than FRR takes in a moment, and every VIP is in it", () => {
    const scattered = Array.from({ length: 2_000 }, (_, index) => ipv4(index * 3));
    const list = announceList(vips(scattered), 4);
    expect(list.length).toBeLessThanOrEqual(256);
    const covers = (address: string): boolean =>
      list.some(({ match }) => {
        const [block = "", length = ""] = (match.split(" ")[0] ?? "").split("/");
        const value = (text: string): number => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
        const size = 2 ** (32 - Number(length));
        return Math.floor(value(block) / size) === Math.floor(value(address) / size);
      });
    expect(scattered.filter((address) => !covers(address))).toEqual([]);
  });

  test("numbers are stable, different, and below the list's own end", () => {
    const before = announceList(vips(["10.77.0.1", "10.77.0.3"]), 4);
    const after = announceList(vips(["10.77.0.1", "10.77.0.3", "10.77.0.5"]), 4);
    expect(after).toEqual(expect.arrayContaining(before));
    const numbers = after.map(({ sequence }) => sequence);
    expect(new Set(numbers).size).toBe(3);
    expect(Math.max(...numbers)).toBeLessThan(lastSequence);
    expect(Math.min(...numbers)).toBeGreaterThan(0);
  });
});

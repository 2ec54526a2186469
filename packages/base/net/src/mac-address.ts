import { excerpt, issue } from "@rackway/errors";

import { accepted, refused } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";

declare const macBrand: unique symbol;

/** An Ethernet address in its one text: lower case, colons. */
export type MacAddress = string & { readonly [macBrand]: true };

/** Reads six bytes in hexadecimal with colons, or with hyphens (IEEE 802). Issue: `mac-invalid`. */
export function parseMac(text: string): Parsed<MacAddress> {
  const invalid = (reason: string): Parsed<MacAddress> => refused(issue("mac-invalid", { value: excerpt(text), reason }));
  const separator = text.includes("-") ? "-" : ":";
  const groups = text.length > 100 ? [] : text.split(separator);
  if (groups.length !== 6) return invalid("it does not have 6 groups");
  const wrong = groups.find((group) => !/^[0-9a-fA-F]{2}$/.test(group));
  if (wrong !== undefined) return invalid(`"${excerpt(wrong, 20)}" is not a byte of two hexadecimal digits`);
  return accepted(groups.join(":").toLowerCase() as MacAddress);
}

/** True where the lowest bit of the first byte is set: a group, which no interface has as its own address. */
export function isMulticastMac(mac: MacAddress): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

/** A locally administered unicast address from a number of 40 bits (`02:` and five bytes): made addresses that no vendor has. */
export function localMac(number: bigint): MacAddress {
  if (number < 0n || number >= 1n << 40n) throw new RangeError(`${number} does not fit into 40 bits`);
  const digits = number.toString(16).padStart(10, "0");
  return ["02", ...(digits.match(/../g) ?? [])].join(":") as MacAddress;
}

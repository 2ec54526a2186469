import { excerpt } from "@rackway/errors";

/**
 * The grammar of addresses and their canonical text. Readers answer with the number or with the reason why not; reasons are
 * fragments that follow a colon.
 */
export type ReadNumber = { readonly ok: true; readonly value: bigint } | { readonly ok: false; readonly reason: string };

const no = (reason: string): ReadNumber => ({ ok: false, reason });

/** Dotted quad, each part decimal without leading zero (`inet_pton(3)`). */
export function readIpv4(text: string): ReadNumber {
  const parts = text.split(".");
  if (parts.length !== 4) return no(`it has ${parts.length} parts instead of 4`);
  let value = 0n;
  for (const part of parts) {
    if (part === "") return no("a part is empty");
    if (!/^\d+$/.test(part)) return no(`"${excerpt(part, 20)}" is not a number`);
    if (part.length > 1 && part.startsWith("0")) return no(`"${excerpt(part, 20)}" begins with a zero, which some programs read as octal`);
    if (part.length > 3 || Number(part) > 255) return no(`${excerpt(part, 20)} is above 255`);
    value = value * 256n + BigInt(part);
  }
  return { ok: true, value };
}

/** RFC 4291, section 2.2: eight groups, `::` once for one or more groups of zeros, the last two groups as a dotted quad. No zone id. */
export function readIpv6(text: string): ReadNumber {
  const halves = text.split("::");
  if (halves.length > 2) return no('"::" stands in it more than once');
  const head = readGroups(halves[0] ?? "", halves.length === 1);
  if (!head.ok) return head;
  const tail = readGroups(halves[1] ?? "", true);
  if (!tail.ok) return tail;
  const count = head.groups.length + tail.groups.length;
  if (halves.length === 1 && count !== 8) return no(`it has ${count} groups instead of 8`);
  // "::" for nothing at all is not allowed by inet_pton(3): it stands for at least one group.
  if (halves.length === 2 && count > 7) return no('it has 8 groups beside "::"');
  const zeros = Array.from({ length: 8 - count }, () => 0n);
  let value = 0n;
  for (const group of [...head.groups, ...(halves.length === 2 ? zeros : []), ...tail.groups]) value = (value << 16n) | group;
  return { ok: true, value };
}

type ReadGroups = { readonly ok: true; readonly groups: readonly bigint[] } | { readonly ok: false; readonly reason: string };

function readGroups(text: string, mayEndInIpv4: boolean): ReadGroups {
  if (text === "") return { ok: true, groups: [] };
  const parts = text.split(":");
  const groups: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.includes(".") && mayEndInIpv4 && index === parts.length - 1) {
      const ipv4 = readIpv4(part);
      if (!ipv4.ok) return ipv4;
      groups.push(ipv4.value >> 16n, ipv4.value & 0xffffn);
    } else if (part === "") return { ok: false, reason: "a group is empty" };
    else if (!/^[0-9a-fA-F]+$/.test(part)) return { ok: false, reason: `"${excerpt(part, 20)}" is not a hexadecimal number` };
    else if (part.length > 4) return { ok: false, reason: `the group "${excerpt(part, 20)}" has more than 4 digits` };
    else groups.push(BigInt(`0x${part}`));
  }
  return { ok: true, groups };
}

export function renderIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => ((value >> shift) & 0xffn).toString()).join(".");
}

/** RFC 5952, section 4: lower case, no leading zeros, "::" for the longest run of two or more zero groups, the first of equal ones. */
export function renderIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}

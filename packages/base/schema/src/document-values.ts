/**
 * The single values of a document: names, addresses, ports. Each checks itself with `@rackway/net`'s strict parsers, and leaves canonical
 * text behind (RFC 5952), so that equal addresses of a parsed document are equal strings.
 */
import { excerpt, issue } from "@rackway/errors";
import type { ErrorCode, Issue } from "@rackway/errors";
import { familyBits, parseAddress, parseCidr, parseInterfaceName, parseRange } from "@rackway/net";
import type { Family, Parsed } from "@rackway/net";
import { z } from "zod";

import { pathPattern } from "./state-word.ts";

/** What a value is called in errors and in the reference, and which code a text that breaks its pattern gets. */
export interface ValueFacts {
  /** "an IP address", "a name": follows "must be". */
  readonly expects: string;
  /** What it is made of, in a sentence for the reference. */
  readonly rule?: string;
  readonly code?: ErrorCode;
}

/** Facts about schemas that are no part of the published JSON Schema. */
export const valueFacts = z.registry<ValueFacts>();

/** A text that a strict parser reads. The parser's issue travels in `params.issue`. */
function parsed(parse: (text: string) => Parsed<{ readonly text: string } | string>, facts: ValueFacts) {
  const schema = z.string().check((context) => {
    const result = parse(context.value);
    if (result.ok) context.value = typeof result.value === "string" ? result.value : result.value.text;
    else context.issues.push(customIssue(result.issue, context.value));
  });
  return schema.register(valueFacts, facts);
}

/** An issue of ours as one of zod's. */
export function customIssue(found: Issue, input: unknown, path: (string | number)[] = []) {
  return { code: "custom" as const, message: found.message, params: { issue: found }, input, path };
}

const jsonSchemaOfFamily = (family: Family): { format: string } => ({ format: `ipv${family}` });
const anyFamily = { anyOf: [jsonSchemaOfFamily(4), jsonSchemaOfFamily(6)] };

/** `constructor` is what every object of JavaScript has: a look for the network of that name would find something that nobody wrote. */
export const name = z
  .string()
  .regex(/^(?!constructor$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(40)
  .register(valueFacts, {
    expects: "a name",
    code: "name-invalid",
    rule: "1 to 40 lower-case letters, digits and single hyphens; begins with a letter. Not `constructor`.",
  });

export const interfaceName = parsed(parseInterfaceName, {
  expects: "an interface name",
  rule: "1 to 15 letters, digits and `. _ -`; begins with no hyphen.",
}).meta({ minLength: 1, maxLength: 15, pattern: "^[A-Za-z0-9._][A-Za-z0-9._-]*$" });

export const port = z.int().min(1).max(65535);

/** An address of either family. */
export const address = parsed((text) => parseAddress(text), { expects: "an IP address", rule: "IPv4 or IPv6." }).meta(anyFamily);

const addressRule = {
  4: "Four decimal numbers without leading zeros: `192.0.2.1`.",
  6: "RFC 4291 text, without zone id, not IPv4-mapped; kept as RFC 5952 writes it: `2001:db8::1`. Quoted within brackets and braces.",
} as const;

export function addressOfFamily(family: Family) {
  return parsed((text) => parseAddress(text, family), { expects: `an IPv${family} address`, rule: addressRule[family] }).meta(
    jsonSchemaOfFamily(family),
  );
}

const cidrPattern = { 4: "^[0-9.]+/[0-9]{1,2}$", 6: "^[0-9a-fA-F:.]+/[0-9]{1,3}$" } as const;
const rangePattern = { 4: "^[0-9.]+( ?- ?[0-9.]+)?$", 6: "^[0-9a-fA-F:.]+( ?- ?[0-9a-fA-F:.]+)?$" } as const;

const cidrRule = { 4: "First address and prefix length: `192.0.2.0/24`.", 6: "First address and prefix length: `2001:db8::/64`." } as const;

export function cidrOfFamily(family: Family) {
  const facts = { expects: `an IPv${family} network in CIDR notation`, rule: cidrRule[family] };
  return parsed((text) => parseCidr(text, family), facts).meta({ pattern: cidrPattern[family] });
}

export function rangeOfFamily(family: Family) {
  const facts = {
    expects: `a range of IPv${family} addresses, or one address`,
    rule: "First and last address, both included, with a hyphen.",
  };
  return parsed((text) => parseRange(text, family), facts).meta({ pattern: rangePattern[family] });
}

/** `auto`, or an address of the family. */
export function vipAddressOfFamily(family: Family) {
  const facts = {
    expects: `auto or an IPv${family} address`,
    rule: "`auto`: a free address is reserved, and stays the same from apply to apply.",
  };
  return parsed((text) => (text === "auto" ? { ok: true, value: text } : parseAddress(text, family)), facts).meta({
    anyOf: [{ const: "auto" }, jsonSchemaOfFamily(family)],
  });
}

/** An address or a network, of either family. An address is left as it is, without a prefix length. */
export const addressOrPrefix = parsed((text) => (text.includes("/") ? parseCidr(text) : parseAddress(text)), {
  expects: "an IP address or a network in CIDR notation",
}).meta({ anyOf: [...anyFamily.anyOf, { pattern: cidrPattern[4] }, { pattern: cidrPattern[6] }] });

/** At most one address of each family, in the order given. */
export const hostAddresses = z
  .array(address)
  .min(1)
  .max(2)
  .check((context) => {
    const [first, second] = context.value;
    if (first === undefined || second === undefined || !parseAddress(first).ok || !parseAddress(second).ok) return;
    const family = first.includes(":") ? 6 : 4;
    if (second.includes(":") !== first.includes(":")) return;
    context.issues.push(customIssue(issue("address-family-twice", { family, first, second }), second, [1]));
  });

/** `8000-8080`: two ports, the first not above the second. */
export const portRange = parsed(parsePortRange, { expects: "a range of ports" }).meta({ pattern: "^[0-9]{1,5}-[0-9]{1,5}$" });

function parsePortRange(text: string): Parsed<string> {
  const refuse = (reason: string): Parsed<string> => ({
    ok: false,
    issue: issue("port-range-invalid", { value: excerpt(text, 40), reason }),
  });
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  if (match === null) return refuse(/^\d+$/.test(text) ? "one port is written without quotes" : "it is not two numbers with a hyphen");
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (first < 1 || first > 65535 || last < 1 || last > 65535) return refuse("ports are 1 to 65535");
  return first > last ? refuse("it ends before it begins") : { ok: true, value: `${first}-${last}` };
}

/** A domain name in letters, digits and hyphens (RFC 1123, section 2.1), without a closing dot. */
export const domainName = z
  .string()
  .regex(/^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*$/)
  .register(valueFacts, { expects: "a domain name such as corp.example" });

/** An address, or a domain name that does not look like a mistyped address. */
export const addressOrDomainName = parsed(
  (text) =>
    !/^[\d.]+$/.test(text) && !text.includes(":") && domainName.safeParse(text).success ? { ok: true, value: text } : parseAddress(text),
  { expects: "an IP address or a domain name" },
).meta({ minLength: 1, maxLength: 253 });

/** An OSPF area as a dotted quad (RFC 2328, appendix C.2) or a number; canonical: the dotted quad. */
export const ospfArea = parsed(parseOspfArea, { expects: "an OSPF area such as 0.0.0.0" }).meta({
  pattern: "^[0-9]+$|^[0-9]+(\\.[0-9]+){3}$",
});

function parseOspfArea(text: string): Parsed<string> {
  const isNumber = /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) < 2 ** familyBits(4);
  if (!isNumber) {
    const quad = parseAddress(text, 4);
    return quad.ok ? { ok: true, value: quad.value.text } : quad;
  }
  const number = Number(text);
  return { ok: true, value: [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".") };
}

/** An option of a fence agent, by its name. */
export const fenceOptionName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/)
  .register(valueFacts, { expects: "the name of an option: letters, digits, underscores and hyphens" });

/** What an option is set to: one line of what XML 1.0 can carry, because it travels in attributes and on the agent's standard input. */
export const fenceOptionValue = z
  .string()
  .max(1000)
  .regex(/^[\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd]*$/)
  .register(valueFacts, { expects: "text of one line without control characters" });

/** Which neighbour router, and by which interface where a host has several ways: `10.20.1.1`, `10.20.1.1%eth-fab`, `fe80::1%eth-fab`. */
export const fabricGateway = parsed(parseFabricGateway, {
  expects: "an IP address, with %INTERFACE where a host has several",
  rule: "`10.20.1.1`; `10.20.1.1%eth-fab` says which interface it is behind, and a link-local address (`fe80::1%eth-fab`) needs that.",
}).meta({ pattern: "^[0-9a-fA-F:.]+(%[A-Za-z0-9._-]{1,15})?$" });

function parseFabricGateway(text: string): Parsed<string> {
  const [gateway = "", device, ...rest] = text.split("%");
  const parsedAddress = parseAddress(gateway);
  if (!parsedAddress.ok || device === undefined) return parsedAddress.ok ? { ok: true, value: parsedAddress.value.text } : parsedAddress;
  const parsedDevice = parseInterfaceName([device, ...rest].join("%"));
  return parsedDevice.ok ? { ok: true, value: `${parsedAddress.value.text}%${parsedDevice.value}` } : parsedDevice;
}

/** The two parts of an accepted `fabricGateway`. */
export function splitFabricGateway(text: string): { readonly via: string; readonly device: string | null } {
  const [via = "", device] = text.split("%");
  return { via, device: device ?? null };
}

/** A server behind a proxy. Canonical: the address as everywhere, in brackets where it is IPv6 (RFC 3986, 3.2.2). */
export const backendAddress = parsed(parseBackend, {
  expects: "an address and a port such as 10.10.1.21:8080",
  rule: "`10.10.1.21:8080`, `[fd00:10:1::21]:8080`. No names: who is asked must not hang on a name service.",
}).meta({ pattern: "^([0-9.]+|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5}$" });

function parseBackend(text: string): Parsed<string> {
  const refuse = (reason: string): Parsed<string> => ({ ok: false, issue: issue("backend-invalid", { value: excerpt(text, 60), reason }) });
  const match = /^(?:\[([^\]]*)\]|([^[\]:]*)):(\d{1,5})$/.exec(text);
  if (match === null) {
    if (/^[^[\]]*:[^[\]]*:/.test(text)) return refuse("an IPv6 address stands in brackets, and the port behind them");
    return refuse(/^\[.*\]$|^[^:]*$/.test(text) ? "it has no port" : "it is not an address, a colon and a port");
  }
  const [, six, four, digits] = match;
  const inside = parseAddress(six ?? four ?? "", six === undefined ? 4 : 6);
  if (!inside.ok) return refuse(/^[A-Za-z]/.test(four ?? "") ? "a name is no address" : inside.issue.message);
  const port = Number(digits);
  if (port < 1 || port > 65535) return refuse("ports are 1 to 65535");
  return { ok: true, value: six === undefined ? `${inside.value.text}:${port}` : `[${inside.value.text}]:${port}` };
}

/** The two parts of an accepted `backendAddress`. */
export function splitBackend(text: string): { readonly address: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
}

/** A file on the hosts. One word of a host state: it is written into daemons' configuration. */
export const absolutePath = z
  .string()
  .max(255)
  .regex(/^(\/[A-Za-z0-9._-]+)+$/)
  .register(valueFacts, { expects: "an absolute path such as /etc/rackway/ospf.key" });

/** An autonomous system number (RFC 6793). 0, 23456 and the last ones of each size are reserved (RFC 7607, RFC 6793, RFC 7300). */
export const asNumber = z.int().min(1).max(4_294_967_294);

/** A community `ASN:VALUE` of two 16-bit numbers (RFC 1997). */
export const bgpCommunity = z
  .string()
  .regex(/^(?:(?:0|[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])(?::(?!$)|$)){2}$/)
  .register(valueFacts, { expects: "a community ASN:VALUE such as 65000:82, in quotes" });

/**
 * What a check fetches: begins with a slash; what may not stand in a request line is percent-encoded (RFC 3986, section 2), and so are
 * `! $ ' ( ) * ;`, which need it not there: host states carry no quotes, brackets or dollar signs.
 */
export const urlPath = z.string().max(200).regex(pathPattern).register(valueFacts, {
  expects: "a path that begins with a slash, such as /healthz",
  rule: "At most 200 characters: letters, digits and `. _ ~ , : @ = % / ? & + -`; others are percent-encoded.",
});

/** A network namespace of the hosts, as `ip netns` lists it. */
export const netnsName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  .register(valueFacts, { expects: "the name of a network namespace" });

/** A program in /etc/rackway/checks. */
export const commandName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  .register(valueFacts, { expects: "the name of a program in /etc/rackway/checks, without slashes" });

/** A program in /etc/rackway/services. */
export const serviceProgram = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  .register(valueFacts, { expects: "the name of a program in /etc/rackway/services, without slashes" });

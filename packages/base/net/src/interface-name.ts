import { excerpt, issue } from "@rackway/errors";

import { accepted, refused, required } from "./parsed.ts";
import type { Parsed } from "./parsed.ts";

declare const interfaceBrand: unique symbol;

/** A name that the kernel takes for a network interface. */
export type InterfaceName = string & { readonly [interfaceBrand]: true };

/** IFNAMSIZ less the closing zero. */
export const interfaceNameMaximum = 15;

/**
 * Reads an interface name. The kernel takes 1 to 15 bytes without slash, colon or white space, but not `.` or `..` (`dev_valid_name`). Here it
 * is stricter, as the resource agents are: letters, digits and `. _ -`, because names travel through shell scripts, rule files and XML; no
 * leading hyphen, because `ip` would read an option. Issue: `interface-name-invalid`.
 */
export function parseInterfaceName(text: string): Parsed<InterfaceName> {
  const reason = faultOf(text);
  if (reason === null) return accepted(text as InterfaceName);
  return refused(issue("interface-name-invalid", { value: excerpt(text, 30), reason }));
}

/** The name that a text which was accepted before stands for; throws otherwise. */
export function interfaceNameOf(text: string): InterfaceName {
  return required(parseInterfaceName(text));
}

function faultOf(text: string): string | null {
  if (text === "") return "it is empty";
  if (text.length > interfaceNameMaximum) return `it has ${text.length} characters`;
  if (text === "." || text === "..") return "it is a directory's name";
  const wrong = /[^A-Za-z0-9._-]/u.exec(text);
  if (wrong !== null) return wrong[0].trim() === "" ? "there is white space in it" : `"${excerpt(wrong[0])}" is not allowed in it`;
  return text.startsWith("-") ? "it begins with a hyphen" : null;
}

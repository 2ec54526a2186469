import { readFile, writeFile } from "node:fs/promises";

/**
 * Kernel parameters by /proc/sys, without sysctl(8). A key is written as sysctl.d(5) has it: dots between the parts, and a `/` where an
 * interface's own name has a dot (`net.ipv4.conf.eth0/100.rp_filter`).
 */
export function sysctlPath(key: string): string {
  const parts = key.split(".").map((part) => part.replaceAll("/", "."));
  if (parts.some((part) => part === "" || part === "." || part === "..")) throw new Error(`sysctl key ${key} is not one`);
  return `/proc/sys/${parts.join("/")}`;
}

/** The value with runs of blanks made one space (lists of numbers have tabs); null where the key does not exist or cannot be read. */
export async function observeSysctl(key: string): Promise<string | null> {
  try {
    return (await readFile(sysctlPath(key), "utf8")).trim().replaceAll(/\s+/g, " ");
  } catch {
    return null;
  }
}

/** Writes one key. Throws the system's error (ENOENT: no such key here; EINVAL: not a value for it). */
export async function applySysctl(key: string, value: string): Promise<void> {
  await writeFile(sysctlPath(key), `${value}\n`);
}

/**
 * What else the kernel changes when a key is written, so what must be remembered with it to put everything back exactly.
 * `net.ipv4.ip_forward` sets `forwarding` of every link and turns `accept_redirects` over (Documentation/networking/ip-sysctl.rst);
 * `net.ipv6.conf.all.forwarding` sets `forwarding` of every link.
 */
export function sysctlSideEffects(key: string, linkNames: readonly string[]): string[] {
  const links = ["default", ...linkNames.map((name) => name.replaceAll(".", "/"))];
  if (key === "net.ipv4.ip_forward") {
    return ["net.ipv4.conf.all.accept_redirects", ...links.map((link) => `net.ipv4.conf.${link}.forwarding`)];
  }
  if (key === "net.ipv6.conf.all.forwarding") return links.map((link) => `net.ipv6.conf.${link}.forwarding`);
  return [];
}

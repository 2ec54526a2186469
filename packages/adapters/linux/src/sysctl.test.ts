import { expect, test } from "vitest";

import { observeSysctl, sysctlPath, sysctlSideEffects } from "./sysctl.ts";

test("a key is a path; an interface with a dot in its name is written with a slash (sysctl.d(5))", () => {
  expect(sysctlPath("net.ipv4.ip_forward")).toBe("/proc/sys/net/ipv4/ip_forward");
  expect(sysctlPath("net.ipv4.conf.eth0/100.rp_filter")).toBe("/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
});

test("a key cannot leave /proc/sys", () => {
  for (const key of ["net.//.x", "net..x", "", "net./.x"]) expect(() => sysctlPath(key), key).toThrow("is not one");
});

test("a value is read without its tabs; a key that does not exist is null", async () => {
  expect(await observeSysctl("net.ipv4.ip_local_port_range")).toMatch(/^\d+ \d+$/);
  expect(await observeSysctl("net.ipv4.no_such_key")).toBeNull();
});

test("forwarding changes more than itself", () => {
  expect(sysctlSideEffects("net.ipv4.ip_forward", ["eth0.7"])).toEqual([
    "net.ipv4.conf.all.accept_redirects",
    "net.ipv4.conf.default.forwarding",
    "net.ipv4.conf.eth0/7.forwarding",
  ]);
  expect(sysctlSideEffects("net.ipv4.conf.all.rp_filter", ["eth0"])).toEqual([]);
});

import { expect, test } from "vitest";

import { isRouterNamespace } from "./purge.ts";

const lo = { name: "lo" };
const inside = [lo, { name: "mgmt" }, { name: "public" }];

test("a router's namespace is known by the mark on the host's end of its links", () => {
  expect(isRouterNamespace("rw-vr-a", inside, [{ alias: null }, { alias: "rackway:netns/rw-vr-a/mgmt" }])).toBe(true);
});

test("one whose links are gone, as a stop that was cut short leaves it, is a router's too", () => {
  expect(isRouterNamespace("rw-vr-a", [lo], [])).toBe(true);
});

test("one that merely has such a name, or a name that begins like a router's, is left", () => {
  expect(isRouterNamespace("rw-theirs", inside, [{ alias: null }, { alias: "theirs" }])).toBe(false);
  expect(isRouterNamespace("rw-vr", inside, [{ alias: "rackway:netns/rw-vr-a/mgmt" }])).toBe(false);
  expect(isRouterNamespace("theirs", [lo], [{ alias: "rackway:netns/rw-vr-a/mgmt" }])).toBe(false);
});

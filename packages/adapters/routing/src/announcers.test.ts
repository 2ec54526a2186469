import { expect, test } from "vitest";

import { observeOthers } from "./announcers.ts";

const answer = (answers: Readonly<Record<string, string>>) => async (argv: readonly string[]) => {
  const commands = argv.flatMap((word, at) => (argv[at - 1] === "-c" ? [word] : []));
  const known = commands.filter((command) => command in answers);
  return { code: known.length === 0 ? 1 : 0, stdout: known.map((command) => answers[command]).join("\n"), stderr: "" };
};

const external = (address: string, router: string, lsaAge = 20) => ({
  lsaAge,
  linkStateId: address,
  advertisingRouter: router,
  networkMask: 32,
});

test("others' announcements count while their router can be reached and they are not being withdrawn", async () => {
  const others = await observeOthers(
    answer({
      "show ip ospf database external json": JSON.stringify({
        routerId: "1.1.1.1",
        asExternalLinkStates: [
          external("10.77.0.1", "1.1.1.1"),
          external("10.77.0.2", "2.2.2.2"),
          external("10.77.0.3", "3.3.3.3"),
          external("10.77.0.4", "2.2.2.2", 3600),
        ],
      }),
      "show ip ospf route json": JSON.stringify({ "2.2.2.2": { routeType: "R " }, "10.0.0.0/24": { routeType: "N" } }),
    }),
  );
  expect(others).toEqual({ 4: new Set(["10.77.0.2/32"]), 6: null, bestOnly: false });
});

test("of OSPFv3 likewise, its border routers in words", async () => {
  const lsa = (payload: string, advRouter: string, age = 20) => ({ type: "ASE", advRouter, age, payload });
  const others = await observeOthers(
    answer({
      "show ipv6 ospf6 json": JSON.stringify({ routerId: "1.1.1.1" }),
      "show ipv6 ospf6 database as-external json": JSON.stringify({
        asScopedLinkStateDb: [
          { lsa: [lsa("fd00:77::1/128", "1.1.1.1"), lsa("fd00:77::2/128", "2.2.2.2"), lsa("fd00:77::3/128", "3.3.3.3")] },
        ],
      }),
      "show ipv6 ospf6 border-routers": "Router-ID       Rtr-Bits Options\n1.1.1.1         ------E- --\n2.2.2.2         ------E- --\n",
    }),
  );
  expect(others).toEqual({ 4: null, 6: new Set(["fd00:77::2/128"]), bestOnly: false });
});

test("of BGP, what has come from a peer", async () => {
  const others = await observeOthers(
    answer({
      "show bgp large-community-list rw-own detail": "Named large community standard list rw-own\n    permit 65010:82:168427787\n",
      "show bgp ipv4 unicast json": JSON.stringify({
        routes: {
          "10.77.0.1/32": [{ valid: true, peerId: "(unspec)" }],
          "10.77.0.2/32": [
            { valid: true, peerId: "(unspec)" },
            { valid: true, peerId: "10.0.0.1" },
          ],
        },
      }),
      "show bgp ipv6 unicast json": JSON.stringify({ routes: {} }),
    }),
  );
  expect(others).toEqual({ 4: new Set(["10.77.0.2/32"]), 6: new Set(), bestOnly: true });
});

test("an operator's own BGP does not say that this host announces by BGP", async () => {
  const others = await observeOthers(
    answer({
      "show bgp ipv4 unicast json": JSON.stringify({ routes: {} }),
      "show bgp ipv6 unicast json": JSON.stringify({ routes: {} }),
      "show bgp large-community-list rw-own detail": "% Can't find large-community-list\n",
    }),
  );
  expect(others.bestOnly).toBe(false);
});

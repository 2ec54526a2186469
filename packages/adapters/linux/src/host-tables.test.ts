import { readFileSync, writeFileSync } from "node:fs";

import type { HostState } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { hostRouterExample } from "./goldens/host-router-example.ts";
import { wantedTables } from "./host-tables.ts";
import { canonicalListing, renderTableReplacement, tableNames } from "./nftables.ts";
import { emptyOriginals } from "./originals.ts";

/** Run with RACKWAY_UPDATE_GOLDENS=1 to write them anew; tests/lab/host-router.lab.test.ts holds them to nft itself. */
function golden(name: string, text: string): void {
  const file = new URL(`goldens/${name}`, import.meta.url);
  if (process.env.RACKWAY_UPDATE_GOLDENS === "1") writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}

const turnedOn = { ...emptyOriginals("w"), sysctls: { "net.ipv4.ip_forward": "0", "net.ipv6.conf.all.forwarding": "0" } };

describe("the tables of a host router", () => {
  const [guard, router] = wantedTables(hostRouterExample, turnedOn);

  test("translate to the host's own addresses, and let nothing in that the document does not", () => {
    expect(router?.name).toBe("rackway-router-vr-min");
    golden("host-router.nft", router?.text ?? "");
  });

  test("keep the host from routing for others, where it did not before us", () => {
    expect(guard?.name).toBe("rackway-host");
    golden("host-guard.nft", guard?.text ?? "");
  });

  test("translate nothing that is routed", () => {
    const [only] = hostRouterExample.hostRouters;
    const routed = { ...hostRouterExample, hostRouters: [{ ...only!, nat: { ipv4: "routed" as const, ipv6: "routed" as const } }] };
    expect(wantedTables(routed, emptyOriginals("w"))[0]?.text).not.toContain("snat");
  });

  test("leave what is announced to the table that knows it", () => {
    const anycast = { bridge: "rw-any" } as NonNullable<HostState["anycast"]>;
    const text = wantedTables({ ...hostRouterExample, anycast }, turnedOn)[0]?.text ?? "";
    const at = ['iifname "rw-any" accept', 'oifname "rw-any" accept', "nfproto ipv4 drop"].map((rule) => text.indexOf(rule));
    expect(at.every((place, index) => place > (at[index - 1] ?? 0))).toBe(true);
  });

  test("guard only the family that we turned on", () => {
    const ipv4 = { ...emptyOriginals("w"), sysctls: { "net.ipv4.ip_forward": "0" } };
    const text = wantedTables(hostRouterExample, ipv4)[0]?.text;
    expect(text).toContain("nfproto ipv4 drop");
    expect(text).not.toContain("nfproto ipv6 drop");
  });
});

test("a table is replaced in one transaction, whether it is there or not", () => {
  expect(renderTableReplacement({ name: "rackway-host", text: "table inet rackway-host {\n}\n" })).toBe(
    "table inet rackway-host\ndelete table inet rackway-host\ntable inet rackway-host {\n}\n",
  );
});

test("a listing is compared without handles, counters and version", () => {
  const listing = (handle: number, packets: number): string =>
    JSON.stringify({
      nftables: [{ metainfo: { version: "1.0.6" } }, { rule: { handle, expr: [{ counter: { packets, bytes: packets * 60 } }] } }],
    });
  expect(canonicalListing(listing(1, 0))).toBe(canonicalListing(listing(9, 7)));
});

test("only tables of family inet are ours", () => {
  const listing = {
    nftables: [{ metainfo: {} }, { table: { family: "ip", name: "rackway-host" } }, { table: { family: "inet", name: "rackway-host" } }],
  };
  expect(tableNames(JSON.stringify(listing))).toEqual(["rackway-host"]);
});

import type { HostLink } from "@rackway/schema";
import { describe, expect, test } from "vitest";

import { foreseeLinks } from "./foreseen-links.ts";
import { compiled, mustParse } from "./testing/plan-options.ts";
import { editDocument } from "./testing/rule-cases.ts";
import type { Edit } from "./testing/rule-cases.ts";

const link = (name: string, more: Partial<HostLink> = {}): HostLink => ({ name, kind: null, carrier: true, ours: false, ...more });
const bridge = (name: string, more: Partial<HostLink> = {}): HostLink => link(name, { kind: "bridge", ...more });

const ospf = {
  area: "0.0.0.0",
  networkType: "broadcast",
  cost: 10,
  helloSeconds: 1,
  deadSeconds: 4,
  authentication: null,
  bfd: null,
} as const;
const routing = { routerId: "10.0.1.11", families: [4 as const], bgp: null, announce: [] };

/** All that rack-a of the sound document asks of a host: a bridge that is there, and an interface to make the other of. */
const enough = [bridge("br-mgmt"), link("eth1")];

function foreseen(links: Record<string, readonly HostLink[]>, ...edits: Edit[]) {
  const document = mustParse(editDocument(edits));
  return foreseeLinks(document, compiled(document), new Map(Object.entries(links)));
}

describe("what a host will lack", () => {
  test("is nothing where it has all that its state stands on, and nothing where it has said nothing", () => {
    expect(foreseen({ "ctl-a1": enough })).toEqual([]);
    expect(foreseen({})).toEqual([]);
  });

  test("is an interface that the network names: told with those that it has, hardware first, and where it stands", () => {
    const has = [bridge("br-mgmt"), link("veth3", { kind: "veth" }), link("ens4f1"), link("ens4f0", { carrier: false })];
    expect(foreseen({ "ctl-a1": has })).toMatchObject([
      {
        code: "interface-missing",
        severity: "warning",
        message: 'there is no interface "eth1" on ctl-a1, which network "public" names; there: ens4f0 (no carrier), ens4f1, veth3',
        path: "spec.racks[0].networks[1].interface",
      },
    ]);
  });

  test("is told once for all hosts that have the same, and apart where the host names its own", () => {
    const has = [bridge("br-mgmt"), link("eth0")];
    const own: Edit = ["public: [192.0.2.11] }", "public: [192.0.2.11] }, interfaces: { public: eth9 }"];
    const found = foreseen({ "ctl-a1": has, "ctl-a2": has, "ctl-a3": has }, own);
    expect(found.map(({ message, path }) => [path, message.slice(0, 60)])).toEqual([
      ["spec.hosts[0].interfaces.public", 'there is no interface "eth9" on ctl-a1, which network "publi'],
      ["spec.racks[0].networks[1].interface", 'there is no interface "eth1" on ctl-a2, ctl-a3, which networ'],
    ]);
  });

  test("is not the interface where somebody else's bridge is there already: that is used as it is", () => {
    expect(foreseen({ "ctl-a1": [bridge("br-mgmt"), bridge("br-ex")] })).toEqual([]);
    const ours = [bridge("br-mgmt"), bridge("br-ex", { ours: true })];
    expect(foreseen({ "ctl-a1": ours }).map(({ code }) => code)).toEqual(["interface-missing"]);
  });

  test("is a bridge that nobody makes", () => {
    expect(foreseen({ "ctl-a1": [link("eth1"), bridge("br-lan")] })).toMatchObject([
      {
        code: "bridge-unmade",
        message: 'there is no bridge "br-mgmt" on ctl-a1, and network "management" names no interface to make it of; bridges there: br-lan',
        path: "spec.racks[0].networks[0].bridge",
      },
    ]);
    expect(foreseen({ "node-a1": [] })[0]?.message).toMatch(/bridges there: none$/);
  });

  test("is what OSPF is to speak on, unless it is a bridge that will be made", () => {
    const document = mustParse(editDocument([]));
    const [name, state] = [...compiled(document)][0] ?? [];
    if (name === undefined || state === undefined) throw new Error("the sound document has hosts");
    const speaking = (...interfaces: string[]) => ({ ...state, routing: { ...routing, ospf: { ...ospf, interfaces } } });
    const foreseenOf = (...interfaces: string[]) =>
      foreseeLinks(document, new Map([[name, speaking(...interfaces)]]), new Map([[name, enough]]));
    expect(foreseenOf("fabric").map(({ path, message }) => [path, message])).toEqual([
      ["spec.racks[0].ospf", 'there is no interface "fabric" on ctl-a1, which OSPF names; there: eth1, br-mgmt'],
    ]);
    expect(foreseenOf("eth1", "br-ex")).toEqual([]);
  });

  test("is told of ten links and ten hosts by name, and of more by their number", () => {
    const many = [bridge("br-mgmt"), ...Array.from({ length: 12 }, (_, index) => link(`port-${String(index).padStart(2, "0")}`))];
    expect(foreseen({ "ctl-a1": many })[0]?.message).toMatch(/port-09 and 2 more$/);
  });
});

import type { CatalogueEntry } from "./catalogue.ts";

type Entries = Readonly<Record<string, CatalogueEntry>>;

/** The document is right by itself; what the hosts have reported says that it will not go through as it is. */
const foreseen = { severity: "warning", status: 200, exitCode: 1, retry: "later" } as const;

/** The document is right by itself; it is the way from what stands now that has a danger. */
const onTheWay = { severity: "warning", status: 200, exitCode: 1, retry: "later" } as const;

/**
 * What a plan finds by laying a document beside what the hosts report (packages/core/planner/src/foreseen-links.ts), and beside the current
 * revision (foreseen-handovers.ts).
 */
export const planWarnings = {
  "interface-missing": {
    ...foreseen,
    text: 'there is no interface "{interface}" on {hosts}, which {what} names; there: {links}',
    hint: "Name the right one in `interface` of the network, or in `interfaces` of the host. Applied as it is, the host waits for that interface and changes nothing of the network (`port-missing`).",
    about:
      "The document names an interface that a host does not report. Hosts that have not reported within the last 15 seconds are not judged.",
  },
  "bridge-unmade": {
    ...foreseen,
    text: 'there is no bridge "{bridge}" on {hosts}, and {what} names no interface to make it of; bridges there: {links}',
    hint: "Make it in the host's own network configuration, or name the network's `interface`: then Rackway makes it.",
    about:
      "A network without an interface stands on a bridge that its hosts have already, and a host reports that it has none of that name.",
  },
  "owner-unordered": {
    ...onTheWay,
    text: "{address} goes from {before} to {after}: Pacemaker stops the one and starts the other at once, on hosts of its choice, and two hosts may have it until the stop is over",
    hint: "Apply a document without it first, and put it in again with the next apply: then it is nowhere in between, and never twice.",
    about:
      "An address with one owner stays, and gets another resource of Pacemaker's: its VIP's `group`, its `namespace`, or its name with a chosen address is another one. Nothing orders the new resource behind the old one.",
  },
  "host-renamed": {
    ...onTheWay,
    text: "{host} is a new host with the address {address} of {before}, which is taken out: what is Rackway's is taken off {before}, and {host} begins with nothing",
    hint: "If it is the same machine under another name, it loses what it carries meanwhile: drain {before}, apply without it, wait until it has let go, then put {host} in and enrol it.",
    about:
      "A host is known by its name. One that goes and one that comes with an address of it are two hosts to Rackway, each with its own token.",
  },
} as const satisfies Entries;

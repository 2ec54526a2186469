import type { CatalogueEntry } from "./catalogue.ts";

type Entries = Readonly<Record<string, CatalogueEntry>>;

/** The document is right by itself; what the hosts have reported says that it will not go through as it is. */
const foreseen = { severity: "warning", status: 200, exitCode: 1, retry: "later" } as const;

/** What a plan finds by laying a document beside what the hosts report (packages/core/planner/src/foreseen-links.ts). */
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
} as const satisfies Entries;

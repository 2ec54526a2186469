import type { CatalogueEntry } from "./catalogue.ts";

type Entries = Readonly<Record<string, CatalogueEntry>>;

const seen = { severity: "warning", status: 200, exitCode: 1, retry: "later" } as const;
/** Traffic is cut, or goes where it must not. */
const critical = { ...seen, inStatus: "critical" } as const;
/** Traffic flows; something that would save it is lost. */
const warning = { ...seen, inStatus: "warning" } as const;
/** Worth knowing. */
const information = { ...seen, inStatus: "info" } as const;

/** What `rackway doctor` finds and nobody else tells. Texts follow their subject. */
export const doctorFindings = {
  "doctor-unseen": {
    ...warning,
    text: "{what} could not be looked at: {why}",
    hint: "",
    about: "A check that cannot be made says so and why. It counts as a warning: what cannot be seen may be anything.",
  },
  // --- of a cluster
  "host-version-differs": {
    ...warning,
    text: "its agent is version {version}, the server {server}",
    hint: "Bring all to one version, one host after the other, each drained first: `rackway drain {host}`.",
    about: "Versions may differ while hosts are being upgraded. For longer, an agent may not take what the server sends.",
  },
  "host-without-token": {
    ...warning,
    text: "it was never given a token, so its agent cannot come to the server",
    hint: "Make one and put it on the host: `rackway host enroll {host}`.",
    about: "The document names the host; nobody has enrolled it.",
  },
  "vip-announced-by-nobody": {
    ...critical,
    text: "{address} is held by {hosts} and announced by nobody",
    hint: "`rackway doctor` on one of them says what keeps the announcement back.",
    about: "The address is there and no router knows the way to it.",
  },
  "vip-announced-alone": {
    ...warning,
    text: "{address} is announced by {host} alone{others}",
    hint: "`rackway doctor` on the controllers that do not announce it says what keeps them from it.",
    about: "An anycast address with one announcer: if that host is lost, so is the address.",
  },
  "vip-announced-twice": {
    ...critical,
    text: "{address} is a roaming address, and {hosts} announce it",
    hint: "Normal for an instant of a move. If it stays, these hosts cannot see each other: `corosync-quorumtool -s` on each.",
    about: "A roaming address has one owner. Whoever else announces it draws part of the traffic.",
  },
  "controller-single": {
    ...information,
    text: "it has one controller ({host}): nothing takes over when that is lost",
    hint: "Give the rack two more hosts with `role: controller`.",
    about: "One controller is the least that works; it is not highly available.",
  },
  "uplink-single": {
    ...information,
    text: "its hosts announce over one link each ({link}): that cable, or the router behind it, is a single point",
    hint: "Name a second interface or neighbour in the rack's `ospf` or `bgp`, to another top-of-rack router.",
    about: "With two links to two routers, the loss of one moves no address.",
  },
  "events-repeating": {
    ...warning,
    text: "{kind} {count} times within {minutes} minutes, last: {reason}",
    hint: "`rackway get events --subject {subject}` shows them all.",
    about: "Something comes and goes. Each time may be short; together they are an outage.",
  },
} as const satisfies Entries;

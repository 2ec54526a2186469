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
  // --- of a quorum device
  "quorum-server-pending": {
    ...warning,
    text: "corosync-qnetd is not as the document says: {steps}",
    hint: "The agent puts it right by itself, when it runs and is not paused.",
    about: "The host named as a quorum device lacks its certificate, its options or the running daemon.",
  },
  "quorum-server-alone": {
    ...warning,
    text: "no controller of {clusters} is connected to corosync-qnetd here",
    hint: "`rackway doctor` on those controllers says why. TCP port 5403 of this host must be open to them.",
    about: "A quorum device without its controllers gives nobody a vote.",
  },
  // --- of a cluster
  "host-version-differs": {
    ...warning,
    text: "its agent is version {version}, the server {server}",
    hint: "Bring all to one version, one host after the other, each drained first (`rackway drain`).",
    about: "Versions may differ while hosts are being upgraded. For longer, an agent may not take what the server sends.",
  },
  "host-without-token": {
    ...warning,
    text: "it was never given a token, so its agent cannot come to the server",
    hint: "Make one and put it on the host: `rackway host enroll {host}`.",
    about: "The document names the host; nobody has enrolled it.",
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
  // --- of a host: its agent
  "agent-state-missing": {
    ...critical,
    text: "there is no host state in {file}: nobody here knows what this host should be",
    hint: "Is the host in the document, and has its agent been to the server? `rackway agent status` and the agent's log say more.",
    about: "The agent keeps the last state that the server gave it. Without one there is nothing to compare the host with.",
  },
  "agent-without-server": {
    ...warning,
    text: "the server at {server} does not answer this host: {reason}",
    hint: "Traffic is not affected. `server:` in {file} is where the agent asks; look at the server, the way to it, and its certificate.",
    about: "The host works from the state on its disk, and no change reaches it.",
  },
  // --- of a host: packages, daemons, clock
  "package-missing": {
    ...warning,
    text: "the package {package} is not installed: {purpose}",
    hint: "`apt-get install {package}`.",
    about: "Something that this host's state needs is in no installed package.",
  },
  "service-down": {
    ...warning,
    text: "{service} is installed and does not run",
    hint: "{advice}",
    about: "A daemon that this host's state needs is stopped.",
  },
  "service-not-enabled": {
    ...warning,
    text: "{service} runs and is not enabled: it will not be there after a boot",
    hint: "`systemctl enable {service}`.",
    about: "Somebody started it by hand.",
  },
  "clock-unsynchronised": {
    ...warning,
    text: "this host's clock is not synchronised ({by}: {word})",
    hint: "`chronyc sources -v` says which servers answer. Logs and events of hosts with different clocks are hard to compare.",
    about: "Corosync and OSPF do not need a right clock; certificates, logs, and whoever compares events do.",
  },
  "clock-offset": {
    ...warning,
    text: "this host's clock is {seconds} s {direction} the server's",
    hint: "`chronyc tracking` here and on the server's host says which of the two is wrong; `chronyc makestep` puts it right at once.",
    about: "Told by the date of the server's answer, which is exact to a second.",
  },
  // --- of a host: Corosync and Pacemaker
  "corosync-link-down": {
    ...warning,
    text: "Corosync does not reach {peer} by link {link}: {word}",
    hint: "Is {peer} on? `ping {address}`; Corosync speaks UDP 5405, which a firewall in between must let through.",
    about: "A peer that cannot be heard has no vote, and would be taken for dead.",
  },
  "pacemaker-node-unusual": {
    ...warning,
    text: "{node} is {state} in Pacemaker: nothing is placed there",
    hint: "{advice}",
    about: "A node in standby, in maintenance, pending, or offline carries nothing that moves.",
  },
  "pacemaker-maintenance": {
    ...warning,
    text: "Pacemaker is in maintenance: it starts, stops and watches nothing, so nothing fails over",
    hint: "When the work is done: `crm_attribute --type crm_config --name maintenance-mode --delete`.",
    about: "Somebody has switched Pacemaker's hands off for the whole cluster.",
  },
  "pacemaker-stops-all": {
    ...critical,
    text: "`stop-all-resources` is set: Pacemaker keeps everything stopped",
    hint: "`crm_attribute --type crm_config --name stop-all-resources --delete`.",
    about: "Somebody has asked Pacemaker to stop whatever it manages.",
  },
  "resource-unmanaged": {
    ...warning,
    text: "Pacemaker does not manage {resource}: it is neither started nor moved when it fails",
    hint: "`crm_resource --resource {resource} --meta --delete-parameter is-managed`.",
    about: "Somebody has taken one resource out of Pacemaker's hands.",
  },
  "resource-blocked": {
    ...critical,
    text: "{resource} is blocked on {hosts}: it failed to stop, and without fencing Pacemaker can do nothing more",
    hint: "Mend the reason, see to it that it is stopped there, then `crm_resource --cleanup -r {resource}`.",
    about: "A resource whose stop has failed may still be there, so it is started nowhere else.",
  },
  "fence-agent-missing": {
    ...warning,
    text: "the fence agent {agent} is not on this host: it could fence nobody",
    hint: "Install the package that has it (`apt-get install fence-agents`).",
    about: "The document names a fence device; its program must be on every controller.",
  },
  // --- of a host: what is there and what should be
  "host-drift": {
    ...warning,
    text: "to be done: {what}",
    hint: "A running agent does it by itself within seconds. If it stays: `rackway agent status`, and the agent's log.",
    about: "The host differs from its state: somebody has changed it, or the agent cannot, does not run, or is paused.",
  },
  "sysctl-strict": {
    ...warning,
    text: "the kernel drops on {interface} what came another way than its answer would go (rp_filter 1)",
    hint: "`sysctl -w {key}=2`, and the same in /etc/sysctl.d. `all` counts, too, when it is greater.",
    about: "Strict reverse-path filtering (RFC 3704) drops asymmetric traffic, which anycast is made of.",
  },
  "sysctl-not-forwarding": {
    ...critical,
    text: "{key} is {value}: packets for the namespaces of this host are not let through",
    hint: "`sysctl -w {key}=1`; then look for who sets it back (/etc/sysctl.d, another program).",
    about: "Addresses in a namespace are reached through the host's root namespace.",
  },
  "resolver-immutable": {
    ...warning,
    text: "{file} is immutable: nobody can change it, Rackway neither",
    hint: "`chattr -i {file}`, once it is known who has set that and why.",
    about: "Some administrators protect the file so from DHCP clients. Rackway does not take the flag away.",
  },
  "resolver-other-writer": {
    ...information,
    text: "{writer} runs, and writes /etc/resolv.conf too; each time, Rackway puts its own back",
    hint: "{advice}",
    about: "Between its writing and the agent's next look, names are resolved by whom it has found.",
  },
  "kernel-table-full": {
    ...warning,
    text: "the kernel's {table} holds {count} entries of {limit} at most",
    hint: "Raise it: `sysctl -w {key}={raised}`, and the same in /etc/sysctl.d.",
    about: "From four fifths on. When it is full, new neighbours or connections are dropped.",
  },
  "hash-policy": {
    ...information,
    text: "{key} is 0: replies to one client take one of {count} ways, whatever the connection",
    hint: "`sysctl -w {key}=1` spreads by ports as well.",
    about: "How the kernel chooses among equal ways (ip-sysctl, `fib_multipath_hash_policy`).",
  },
  "service-bridge-absent": {
    ...warning,
    text: "the bridge {bridge} of the service namespaces is not here, or has not its addresses {addresses}",
    hint: "Pacemaker makes it (resource {bridge}): `crm_mon -1rf` says why it does not.",
    about: "No anycast or roaming address of this host can be reached without it.",
  },
  "service-namespace-absent": {
    ...warning,
    text: "the network namespace {netns} of {namespace} {what}",
    hint: "{advice}",
    about: "Its addresses are not on this host.",
  },
  "service-addresses-absent": {
    ...warning,
    text: "{count} of the {all} anycast addresses of {namespace} are not in {netns}, the first: {first}",
    hint: "`crm_mon -1rf` says what failed; `crm_resource --refresh -N {host}` makes Pacemaker look again.",
    about: "Every controller of an anycast address has it; packets that come here for it would be answered by nobody.",
  },
  "service-routes-absent": {
    ...warning,
    text: "{count} addresses of {namespace} have no route in table 8201, the first: {first}",
    hint: "`crm_mon -1rf` says what failed; `crm_resource --refresh -N {host}` makes Pacemaker look again.",
    about: "What comes from the fabric for a VIP finds its namespace by that table, announced or not.",
  },
  "checker-silent": {
    ...warning,
    text: "the health checker of {namespace} is not to be heard ({how}): its addresses are announced as it left them",
    hint: "`crm_mon -1rf` shows {resource}; its log is in /run/rackway/{resource}.",
    about: "The checker of a namespace writes its view every five seconds. Without it nobody withdraws a service that has failed.",
  },
  "vip-down-here": {
    ...warning,
    text: "{address} is down here since {since}: {reason}",
    hint: "See to the service in {netns}: `ip netns exec {netns} ss -ltnu`.",
    about: "The health check fails on this host, so the address is not announced from here.",
  },
  "vip-held-back": {
    ...information,
    text: "{address} is {health} and {announced} all the same ({held}): {reason}",
    hint: "",
    about: "Drained, the last one anywhere, dampened, or waiting for the neighbours: the checker's decision, and why.",
  },
  // --- of a host: routing
  "vip-not-originated": {
    ...critical,
    text: "{prefix} is to be announced (it is in the main table), and FRR does not announce it",
    hint: "`vtysh -c 'show route-map'` and `vtysh -c 'show running-config'`: our `redistribute kernel`, route map and prefix list must be there.",
    about: "The checker has put the route, and the routing daemon tells nobody.",
  },
  "vip-originated-without-route": {
    ...warning,
    text: "FRR announces {prefix}, which is not in the main table",
    hint: "Normal for an instant of a withdrawal. If it stays, somebody else announces it from here: look for it in `vtysh -c 'show running-config'`.",
    about: "Traffic would be drawn to a host that does not want it.",
  },
  "vip-announced-elsewhere": {
    ...critical,
    text: "{address} is a roaming address that this host announces, and another router announces it, too",
    hint: "Normal for an instant of a move. If it stays: another cluster has the same address, or the hosts cannot see each other.",
    about: "A roaming address has one owner.",
  },
  "frr-redistributes": {
    ...warning,
    text: "FRR, {place}: `{line}` announces the kernel's routes as well, VIPs among them",
    hint: "Take it out, or give it a route map that denies what has `tag {tag}` or is in our lists.",
    about: "An operator's line tells of our routes in another protocol, and goes on telling while they are drained.",
  },
  "routing-neighbor-single": {
    ...information,
    text: "{protocol} has one neighbour ({neighbor}): when that is lost, so are this host's announcements",
    hint: "Connect the host to a second top-of-rack router.",
    about: "One cable, one router: a single point.",
  },
  // --- of a host: the way out
  "gateway-silent": {
    ...critical,
    text: "{gateway} on {interface} does not answer, not even to its address: {purpose}",
    hint: "See to the cable, the switch, and the router: `ip neigh show to {gateway}`.",
    about: "A next hop of this host answers neither ping nor ARP or neighbour solicitation.",
  },
  "path-mtu": {
    ...warning,
    text: "{gateway} answers on {interface} to a small ping and not to one of {mtu} bytes, the MTU here",
    hint: "Give host, switch and router the same MTU. `ping -M do -s SIZE {gateway}` finds what gets through.",
    about: "Large packets are lost without a word: connections are made and then hang.",
  },
  "mtu-uneven": {
    ...warning,
    text: "the links to the fabric have different MTUs: {mtus}",
    hint: "Give them the same, as their routers have it.",
    about: "A flow that is moved from one link to another would lose its large packets.",
  },
} as const satisfies Entries;

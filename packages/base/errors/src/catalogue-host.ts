import type { CatalogueEntry } from "./catalogue.ts";

type Entries = Readonly<Record<string, CatalogueEntry>>;

/** Something on the host stands in the way; the agent goes on with everything else and looks again. */
const onHost = { severity: "error", status: 409, exitCode: 1, retry: "later" } as const;
/** Looking again does not help: somebody must change something. */
const forOperator = { ...onHost, retry: "never" } as const;

/** What the agent and the adapters report of a host. */
export const hostErrors = {
  // --- the agent itself
  "agent-config-invalid": {
    ...forOperator,
    text: "{file}: {reason}",
    hint: "It needs `server:` (http://, https:// or unix:///), `host:` (this host's name in the document) and `tokenFile:`.",
    about: "The agent reads /etc/rackway/agent.yaml when it starts.",
    exitCode: 2,
  },
  "agent-token-missing": {
    ...onHost,
    text: "there is no token in {file}",
    hint: "`rackway host enroll` on a machine with the admin token makes one; the agent picks it up by itself.",
    about: "The agent shows a token of its own to the server. Until it has one, it works from the state on its disk.",
  },
  "token-refused": {
    ...onHost,
    text: "the server refuses the token that this host's agent shows",
    hint: "Make a new one with `rackway host enroll {host}`, and put it into the agent's token file; the agent picks it up by itself.",
    about:
      "The token is another host's, of another server, or was replaced. The agent works from the state on its disk: traffic is not affected, and no change reaches the host.",
  },
  "agent-running": {
    ...forOperator,
    text: "another agent runs on this host",
    hint: "It answers on {socket}. Stop it first.",
    about: "Two agents would each put back what the other one changes.",
  },
  "agent-not-root": {
    ...forOperator,
    text: "this needs root",
    hint: "Run it with sudo.",
    about: "The agent makes bridges and routes and steers Pacemaker.",
    exitCode: 2,
  },
  "host-state-invalid": {
    ...onHost,
    text: "the server sent a host state that this agent does not take: {reason}",
    hint: "Agent and server are of different versions, or the token is another host's. The agent keeps the state that it has.",
    about: "A host state is checked whole before anything is done with it.",
  },
  "host-unobservable": {
    ...onHost,
    text: "the host cannot be looked at: {reason}",
    hint: "",
    about: "Without an answer from ip(8) or nft(8) nothing is planned: no answer must not pass for an empty host.",
  },
  "originals-unreadable": {
    ...forOperator,
    text: "{file} cannot be understood: {reason}",
    hint: "It tells what was on the host before Rackway. Put back a copy, or delete it: then removal leaves things as they are now.",
    about: "Without the memory of what was there before, the agent changes nothing, because it could not be undone.",
  },
  // --- bridges
  "bridge-missing": {
    ...onHost,
    text: "bridge {bridge} of network {network} does not exist",
    hint: "Make it in the host's own network configuration, or name the network's `interface` in the document: then Rackway makes it.",
    about: "A network without an interface in the document stands on a bridge that the host has already.",
  },
  "bridge-not-a-bridge": {
    ...forOperator,
    text: "{bridge} exists and is no bridge",
    hint: "Rackway leaves alone what it did not make. Rename one of the two.",
    about: "The name of a network's bridge is taken by another interface.",
  },
  "bridge-down": {
    ...onHost,
    text: "bridge {bridge} is down",
    hint: "It is not Rackway's, so Rackway leaves it as it is: take it up in the host's own network configuration.",
    about: "A bridge that was there before Rackway is only looked at.",
  },
  "bridge-mtu": {
    ...onHost,
    text: "bridge {bridge} has MTU {actual}; the network has {wanted}",
    hint: "It is not Rackway's, so Rackway leaves it as it is: change it in the host's own network configuration, or in the document.",
    about: "Frames of the network's size would be lost in the bridge.",
  },
  "bridge-address-missing": {
    ...onHost,
    text: "bridge {bridge} does not have this host's address {address}",
    hint: "The bridge is not Rackway's, so Rackway leaves it as it is. Mend the document or the host's own configuration.",
    about: "The document says that the host has this address in the bridge's network.",
  },
  "bridge-driver-unsupported": {
    ...forOperator,
    text: "bridge {bridge} of network {network}: Open vSwitch bridges are not carried out yet",
    hint: "Set `driver: linux` for the network.",
    about: "The driver is an interface; the one for Open vSwitch comes later.",
  },
  "bridge-in-use": {
    ...onHost,
    text: "bridge {bridge} stays until nothing is attached to it: {ports}",
    hint: "",
    about: "Withdraw first, remove after: a bridge that somebody else uses is not taken away under them.",
  },
  "port-missing": {
    ...onHost,
    text: "interface {interface} of network {network} does not exist",
    hint: "Name the right one in `interface` of the network, or in `interfaces` of the host.",
    about: "Rackway makes a network's bridge out of this interface.",
  },
  "port-name-long": {
    ...forOperator,
    text: "VLAN interface {interface} would have more than 15 characters",
    hint: "Make it by hand under a shorter name, and name that in the document without `vlan`.",
    about: "The kernel's limit on the names of interfaces.",
  },
  "port-taken": {
    ...onHost,
    text: "interface {interface} is a port of {master}; bridge {bridge} needs it",
    hint: "Name another interface in the document, or take it out of {master}.",
    about: "An interface is a port of one bridge only, and this one's is not Rackway's.",
  },
  "port-address-leased": {
    ...forOperator,
    text: "interface {interface} has its address {address} by DHCP; as a port of {bridge} it could not renew it",
    hint: "Give the interface a fixed address, or make the bridge in the host's own configuration.",
    about: "The address would move to the bridge, and the DHCP client stay behind.",
  },
  // --- routes, parameters, tables
  "route-device-missing": {
    ...onHost,
    text: "route {target}: interface {interface} does not exist",
    hint: "",
    about: "The route waits for its interface.",
  },
  "tunnel-device-foreign": {
    ...onHost,
    text: "the interface {interface}, which the tunnel to the roaming router needs, is there and is not Rackway's",
    hint: "Remove or rename it: the agent makes its own.",
    about: "A member reaches a roaming router by a tunnel device of that name (`rwt-` and the number of the router's namespace).",
  },
  "default-route-shadowed": {
    ...onHost,
    text: "a default route by router advertisement (metric {actual}) wins over ours (metric {wanted})",
    hint: "Set accept_ra_defrtr to 0 on the interface, or let its router advertise no default route.",
    about: "It would come again with the next advertisement, so it is not taken away.",
  },
  "sysctl-missing": {
    ...onHost,
    text: "the kernel has no parameter {key}",
    hint: "The interface or module that it belongs to is absent.",
    about: "Parameters of an interface exist as long as the interface does.",
  },
  "sysctl-refused": {
    ...onHost,
    text: "writing {value} to {key}: {reason}",
    hint: "",
    about: "The kernel refused the value.",
  },
  "ip-refused": {
    ...onHost,
    text: "{command}: {reason}",
    hint: "",
    about: "The kernel refused a change of links, addresses or routes; its own words follow the command.",
  },
  "nft-refused": {
    ...onHost,
    text: "nft: {reason}",
    hint: "",
    about: "The kernel refused a change of nftables.",
  },
  "nft-table-refused": {
    ...forOperator,
    text: "nft refuses table {table}: {reason}",
    hint: "",
    about: "Each table is loaded into a network namespace of its own first; what is refused there touches nothing.",
  },
  // --- resolver and time source
  "resolver-silent": {
    ...onHost,
    text: "none of the name servers {servers} answers, so this host keeps those that it has",
    hint: "`rackway status` says how the virtual router stands, and why its name service is down.",
    about: "A host is pointed at name servers for the first time only when one of them answers; it is asked again at every look.",
  },
  "resolver-refused": {
    ...onHost,
    text: "{file} cannot be changed: {reason}",
    hint: "Is it immutable (`lsattr {file}`, `chattr -i {file}`), or on a read-only file system (`findmnt -T {file}`)?",
    about: "The operating system refused a change of a file of the host's resolver or time source. Nothing else is tried to get past it.",
  },
  "resolver-original-lost": {
    ...forOperator,
    text: "{file} is Rackway's, and nobody knows any more what was there before",
    hint: "Write the file that you want there; Rackway leaves it alone then.",
    about: "The memory in /var/lib/rackway/originals.json was deleted, so there is nothing to put back.",
  },
  "client-file-foreign": {
    ...forOperator,
    text: "{file} is there already, and not Rackway's",
    hint: "Rackway leaves alone what it did not make. Rename it.",
    about: "A file of the name that Rackway uses beside a daemon's own configuration is somebody else's.",
  },
  "client-not-taken-over": {
    ...onHost,
    text: "{daemon} does not work by {file} ({words}), and was told to",
    hint: "Its log, and its own files that are read later, say why: `systemd-analyze cat-config systemd/resolved.conf`, `chronyc sources`.",
    about: "The file is right, the daemon was told once more to read it, and names other servers all the same.",
  },
  "time-daemon-missing": {
    ...onHost,
    text: "neither chrony nor systemd-timesyncd keeps this host's clock",
    hint: "Install one of them (`apt-get install chrony`); it is then pointed at the virtual router by itself.",
    about: "Rackway points a daemon that is there at its servers. It installs none, and takes the place of no other one.",
  },
  "time-daemon-stopped": {
    ...onHost,
    text: "{daemon} is set up and does not run: nobody keeps this host's clock",
    hint: "`systemctl start {daemon}`; its log says why it ended.",
    about: "The daemon will ask the right servers as soon as it runs. Rackway does not start what it did not install.",
  },
  "time-sources-unread": {
    ...forOperator,
    text: "{file} has no line `sourcedir {folder}`, so chrony would not read the servers that are to be there",
    hint: "Add that line and restart chrony. Rackway does not edit the file.",
    about: "Debian's chrony.conf has the line; somebody has taken it out, or the file is from elsewhere.",
  },
  "time-server-silent": {
    ...onHost,
    text: "{daemon} has had no answer from {servers} in its last eight questions",
    hint: "`chronyc sources -v`, and `rackway status`: does the virtual router's time service answer?",
    about: "Normal for some seconds after a start. Otherwise the time service is down, or something on the way drops NTP (UDP port 123).",
    inStatus: "info",
  },
  // --- Corosync and Pacemaker
  "corosync-foreign": {
    ...forOperator,
    text: "{file} is not Rackway's",
    hint: "This host is in a cluster already. Move the file away if it is not needed, and Rackway makes its own.",
    about: "A configuration without Rackway's header, that is not the untouched default of the package, is never overwritten.",
  },
  "corosync-key-missing": {
    ...onHost,
    text: "Corosync's key {id} could not be fetched: {reason}",
    hint: "",
    about: "The key is fetched from the server once, checked, and kept on the host.",
  },
  "corosync-restart-needed": {
    ...onHost,
    text: "Corosync must be restarted to take over: {changes}",
    hint: "Drain the host, restart corosync and pacemaker, resume the host. Rackway does not do it by itself, because it stops what runs here.",
    about: "Timers and the list of nodes are taken over while Corosync runs; its name, key, transport and own address are not.",
  },
  "quorum-certificate-missing": {
    ...onHost,
    text: "the quorum device's certificate {id} is not in place: {reason}",
    hint: "The agent tries again by itself. Where a command is missing, `rackway doctor` on this host names its package.",
    about:
      "The certificate with its key is fetched from the server, checked, packed by openssl(1), and put into an NSS database by certutil(1) and pk12util(1), which come with corosync-qdevice and corosync-qnetd.",
  },
  "quorum-change-waits": {
    ...onHost,
    text: "Pacemaker cluster {cluster}: votes are counted as before until {needed} controllers are there ({members} now)",
    hint: "Bring the missing controllers back; the change follows by itself.",
    about:
      "With or without a quorum device, other numbers of votes are needed, and during the change the device's own is missing. With fewer controllers the cluster would lose quorum on the way, and stop what runs.",
  },
  "quorum-server-foreign": {
    ...forOperator,
    text: "{file} is not Rackway's: corosync-qnetd on this host serves somebody else",
    hint: "Name another host as the quorum device, or move the file away if nobody needs it any more.",
    about:
      "Options that are not the untouched default of the package, or a database of certificates that has signed for a cluster, are never overwritten.",
  },
  "quorum-server-in-use": {
    ...onHost,
    text: "corosync-qnetd stays while it is used by {clusters}",
    hint: "Their controllers let go by themselves once their agents have taken over the change; `rackway status` says what keeps them.",
    about: "A host is no quorum device any more once no controller counts on its vote.",
  },
  "quorum-server-silent": {
    ...onHost,
    text: "corosync-qnetd stays: it runs, and does not say who uses it",
    hint: "`corosync-qnetd-tool -l` here says why. Where no controller counts on it (`corosync-qdevice-tool -s` there), stop it: `systemctl stop corosync-qnetd`.",
    about: "A quorum device that is in use is not taken away, and one that cannot be asked may be in use.",
  },
  "quorum-device-lost": {
    ...onHost,
    text: "the quorum device {host} ({address}) gives no vote here: {reason}",
    hint: "On {host}: does corosync-qnetd run, and does it see this host (`corosync-qnetd-tool -lv`)? TCP port 5403 must be open to it. `corosync-qdevice-tool -sv` here says more.",
    about:
      "Nothing moves while the controllers see each other. Without the device's vote, the next loss of a controller stops the other half, too.",
  },
  "daemon-missing": {
    ...onHost,
    text: "{service} is not installed as a service of {init}",
    hint: "Install the package of that name on this host.",
    about: "The agent starts daemons by the host's own init system.",
  },
  "daemon-refused": {
    ...onHost,
    text: "{service}: {reason}",
    hint: "",
    about: "The init system could not start, stop or reload a daemon.",
  },
  "quorum-missing": {
    ...onHost,
    text: "Pacemaker cluster {cluster}: {reason}",
    hint: "",
    about: "Without quorum nothing single-owned runs here and nothing is configured.",
  },
  "cib-waiting": {
    ...onHost,
    text: "Pacemaker cluster {cluster}: {reason}",
    hint: "",
    about: "The configuration is written by the agent on the DC's host, once there is a DC and quorum.",
  },
  "cib-outdated": {
    ...onHost,
    text: "Pacemaker's configuration has epoch {actual}; this host's state has {wanted}",
    hint: "A server that was put back from an old copy? Apply the document again.",
    about: "Somebody who knew more wrote the configuration. An older writer never overtakes a newer one.",
  },
  "revision-undone": {
    ...onHost,
    text: "revision {revision} was not confirmed in time: this host has gone back to revision {base} by itself",
    hint: "Nothing to do: the server makes the same of it as soon as it is reached, and says so in `rackway history`.",
    about:
      "A revision that was applied with --confirm-within is undone by the hosts when its time is over, also with the server dead or out of reach. The problem goes when the server has been heard.",
  },
  "confirmation-undecided": {
    ...onHost,
    text: "the time to confirm revision {revision} is over, and it is not known whether it was confirmed: {reason}",
    hint: "It is decided as soon as Pacemaker cluster {cluster} has quorum here, or the server is reached.",
    about:
      "Whether a revision was confirmed stands in Pacemaker's configuration, where a partition cannot split it. A controller without quorum keeps what it has; where the change touched what the membership stands on, it takes that back after half a minute.",
  },
  "guard-not-running": {
    ...onHost,
    text: "the guard is {state}",
    hint: "`frozen`: `kill -CONT $(cat /run/rackway/guard.pid)`. `absent`: see its service's log.",
    about: "Without the guard nobody takes the VIPs away at once when this host loses quorum: Pacemaker does it in its own time.",
  },
  "router-not-running": {
    ...onHost,
    text: "virtual router {router} runs on {hosts}",
    hint: "`crm_mon -1` on a controller says why.",
    about: "Its VIPs are to be on exactly one host.",
  },
  "router-incomplete": {
    ...onHost,
    text: "virtual router {router} is here by Pacemaker's word, without {addresses}",
    hint: "",
    about:
      "What Pacemaker says and what is in the kernel differ: for a moment while it starts or moves, or until its monitor has put it back.",
  },
  "resource-failing": {
    ...onHost,
    text: "{resource} has failed here {times}{reason}{barred}",
    hint: "Once the reason is mended, `crm_resource --cleanup -r {resource} -N {host}` forgets it at once; by itself Pacemaker does a minute after the last failure.",
    about:
      "Pacemaker's fail count of a resource on this host, and its own exit reason. A host that has reached the resource's threshold is barred from it until the failures are forgotten.",
  },
  "proxy-refused": {
    ...onHost,
    text: "HAProxy of service namespace {namespace} goes on with its former configuration: {reason}",
    hint: "Mend on this host what it names (a certificate or key that is not there, a port that another program has), then take it up: `crm_resource --resource {resource} --force-start --force`. Or apply a document that it can take.",
    about:
      "What HAProxy itself refuses is not taken: the proxies of the namespace go on as they were before the last apply. This host has not become what the document says.",
  },
  "service-refused": {
    ...onHost,
    text: "{daemon} of service namespace {namespace} goes on with its former configuration: {reason}",
    hint: "Mend on this host what it names, then take it up: `crm_resource --resource {resource} --force-start --force`. Or apply a document that it can take.",
    about:
      "What unbound-checkconf or chronyd itself refuses is not taken: name or time service of the namespace goes on as it was before the last apply. This host has not become what the document says.",
  },
  "name-servers-silent": {
    ...onHost,
    text: "no upstream of the name service of {of} answers: {upstreams}",
    hint: "Ask one yourself: `dig @ADDRESS .`, over TLS `openssl s_client -connect ADDRESS:853 -verify_hostname NAME`. Where its certificate is of another name or by an unknown authority, `journalctl -t rackway-dns` says `certificate verify failed`.",
    about:
      "What was asked before goes on being answered, what was not cannot be. A server over TLS that cannot show a certificate of its name, by an authority of the document's file or that the host trusts, is not used. By what Unbound itself keeps of its last questions: an idle one says nothing.",
  },
  "time-servers-silent": {
    ...onHost,
    text: "no upstream of the time service of {of} answers: {upstreams}",
    hint: "`chronyc -h /run/rackway/{resource}/chrony/control sources`; with NTS, `authdata` in its place, and chronyd's log: `TLS handshake … failed` names what is wrong with a certificate.",
    about:
      "The controllers go on from what they know, and drift with nobody to hold them. With NTS, an answer that is not authenticated is none.",
  },
  "fencing-failing": {
    ...onHost,
    inStatus: "critical",
    text: "{target} is not fenced: {device} has failed since {since}, last: {reason}",
    hint: "See to the fence device. `stonith_admin --confirm {target}` tells Pacemaker that the host is off: only when the host is known to be dead.",
    about:
      "A host that was lost must be switched off from outside, and the device that does it fails. With `takeover: fenced` its routers wait for that; with `takeover: quorum` they have gone on, and a host that is frozen could still answer.",
  },
  "disk-full": {
    ...onHost,
    text: "{path} is full: {reason}",
    hint: "Make room there (`df -h {path}`, `du -x {path}`). Until then no router is moved to or from this host.",
    about:
      "Pacemaker, its resource agents and this agent write their state there; what they cannot write fails, and a stop that fails has the host fenced.",
  },
  "uplink-lost": {
    ...onHost,
    text: "{lack}",
    hint: "See to the cable, the switch and the gateway. The router goes to a host that more gateways answer; where none is better, it stays.",
    about:
      "A link of a virtual router has lost its carrier, or a gateway has answered no ARP probe or neighbour solicitation of ocf:rackway:uplink for as many rounds as the document says.",
  },
  // --- FRR
  "frr-missing": {
    ...onHost,
    text: "FRR is not installed on this host",
    hint: "Install it (`apt-get install frr frr-pythontools`); the agent switches on what it needs of it.",
    about: "The host's rack has `ospf` or `bgp`: VIPs are announced by FRR's daemons.",
  },
  "frr-not-running": {
    ...onHost,
    text: "{daemons} of FRR: switched on, and do not answer",
    hint: "`systemctl status frr` and FRR's log say why. For a moment after FRR was started, this is normal.",
    about: "A daemon of FRR that is needed does not answer vtysh(1); nothing is configured until it does.",
  },
  "frr-conflict": {
    ...forOperator,
    text: "FRR, {place}: somebody has set `{has}`; the document wants `{wanted}`",
    hint: "Rackway changes nothing in FRR until one of the two is changed.",
    about: "FRR's configuration may be the operator's own. Rackway adds its part, and never overwrites a line that it did not set.",
  },
  "frr-unsaved": {
    ...forOperator,
    text: "switching {daemons} of FRR on or off would lose {count} lines that are not in /etc/frr/frr.conf, the first: {first}",
    hint: "Save them (`vtysh -c 'write memory'`), or switch the daemon yourself.",
    about: "FRR loads its configuration file when a daemon is switched; what an operator has only typed would be gone.",
  },
  "frr-refused": {
    ...onHost,
    text: "FRR refuses: {reason}",
    hint: "",
    about: "FRR's own checker (`vtysh -C`) or one of its daemons did not take a line; keys in it are left out.",
  },
  "frr-key-unusable": {
    ...onHost,
    text: "the key in {file} cannot be used: {reason}",
    hint: "Put the same key as the neighbours' on this host, in one line, readable by root only.",
    about: "Keys are read from the host's own files and are in no document. Without its key, nothing is configured.",
  },
  "frr-authentication": {
    ...forOperator,
    text: "FRR {version} cannot authenticate OSPFv2 with HMAC-SHA-256",
    hint: "It takes FRR 9.1 or newer. Or set `algorithm: md5`: OSPFv3 is authenticated with HMAC-SHA-256 all the same.",
    about: "Debian 12's FRR knows keyed SHA-2 for OSPFv3 only. Nothing is configured rather than a session without authentication.",
  },
  // --- what FRR sees of the fabric
  "routing-interface-down": {
    ...onHost,
    text: "{protocol} on {interface}: the interface {state}",
    hint: "Name the right interface in the rack's `ospf`, or take it up.",
    about: "A link that the document names for routing cannot be spoken on.",
  },
  "routing-area-mismatch": {
    ...onHost,
    text: "{protocol} on {interface}: this host is in area {ours}, the neighbour in {theirs} ({evidence})",
    hint: "Make `area` in the document and on the router the same.",
    about: "Neighbours in different areas take no notice of each other.",
  },
  "routing-timer-mismatch": {
    ...onHost,
    text: "{protocol} on {interface}: {timer} interval here {ours} s, at the neighbour {theirs} s ({evidence})",
    hint: "Make `helloSeconds` and `deadSeconds` in the document and on the router the same.",
    about: "OSPF refuses hellos that name other intervals than its own.",
  },
  "routing-key-mismatch": {
    ...onHost,
    text: "{protocol} on {interface}: the neighbour's packets do not pass authentication ({evidence})",
    hint: "Key, key id and algorithm must be the same on both sides.",
    about: "One side authenticates and the other does not, or by another key.",
  },
  "routing-mtu-mismatch": {
    ...onHost,
    text: "{protocol} on {interface}: MTU here {ours}, at the neighbour {theirs} ({evidence})",
    hint: "Give both ends of the link the same MTU.",
    about: "With different MTUs, neighbours hear each other and never exchange their databases.",
  },
  "routing-neighbor-stuck": {
    ...onHost,
    text: "{protocol} on {interface}: neighbour {neighbor} stays in {state}; the MTU here is {mtu}",
    hint: "Nearly always the MTUs of the two ends differ.",
    about: "The exchange of databases does not get on.",
  },
  "routing-neighbor-rising": {
    ...onHost,
    text: "{protocol} on {interface}: neighbour {neighbor} is on its way up ({state})",
    hint: "",
    about: "Normal for some seconds after a start; announcements are heard once it is Full.",
    inStatus: "info",
  },
  "routing-neighbor-missing": {
    ...onHost,
    text: "{protocol} on {interface}: no neighbour answers in area {area}",
    hint: "Is the router up, does it speak OSPF on this link, and does it authenticate if this host does?",
    about: "No hello that can be taken has come within the dead interval, and FRR's log names no reason.",
  },
  "routing-session-down": {
    ...onHost,
    text: "BGP with {neighbor}: {state} ({reason})",
    hint: "Address, AS numbers and password must fit on both sides.",
    about: "The session with a router is not established; the reason is the last that FRR gives.",
  },
  "routing-bfd-down": {
    ...onHost,
    text: "BFD with {neighbor} on {interface} is down while the routing session is up",
    hint: "Switch BFD on at the router, or take `bfd` out of the document.",
    about: "A dead router would be noticed by the protocol's own timers only, in seconds instead of milliseconds.",
  },
} as const satisfies Entries;

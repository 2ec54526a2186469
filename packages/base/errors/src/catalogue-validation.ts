import type { CatalogueEntry } from "./catalogue.ts";

type Entries = Readonly<Record<string, CatalogueEntry>>;

const badDocument = { severity: "error", status: 422, exitCode: 1, retry: "never" } as const;
const warning = { severity: "warning", status: 200, exitCode: 1, retry: "never" } as const;
/** The document may be right, but not beside what is reserved already. */
const conflict = { severity: "error", status: 409, exitCode: 1, retry: "never" } as const;

/** What must hold between the fields of a document. Found by the planner's validation, all at once. */
export const validationErrors = {
  // --- names that lead nowhere
  "rack-unknown": {
    ...badDocument,
    text: 'there is no rack "{rack}"',
    hint: "Racks of this document: {known}.{suggestion}",
    about: "A host, a virtual router or a Pacemaker cluster names a rack that `spec.racks` does not have.",
  },
  "network-unknown": {
    ...badDocument,
    text: 'rack "{rack}" has no network "{network}"',
    hint: "Networks of this rack: {known}.{suggestion}",
    about: "Networks belong to racks: the rack of the host, router or Pacemaker cluster must have the one that is named.",
  },
  "host-unknown": {
    ...badDocument,
    text: 'there is no host "{host}"',
    hint: "Hosts that can be named here: {known}.{suggestion}",
    about: "A fence device names a host that `spec.hosts` does not have.",
  },

  // --- addresses and networks
  "network-without-family": {
    ...badDocument,
    text: '{what} has neither "ipv4" nor "ipv6"',
    hint: "Give at least one of them its `cidr`.",
    about: "A network or pool without a prefix has no addresses.",
  },
  "family-missing": {
    ...badDocument,
    text: "{where} has no IPv{family}, which {address} needs",
    hint: "Give it an `ipv{family}` with a `cidr`, or leave the address out.",
    about: "An IPv4 address needs a network with `ipv4`, an IPv6 address one with `ipv6`; `auto` too.",
  },
  "address-outside-network": {
    ...badDocument,
    text: "{address} is not in {cidr}, the prefix of {where}",
    hint: "Take an address of {cidr}, or correct the prefix.",
    about: "The address of a host, gateway or VIP lies outside of the network that it is in.",
  },
  "address-not-assignable": {
    ...badDocument,
    text: "{address} is {what}",
    hint: "Take an address that one interface alone can hold.",
    about:
      "No interface may hold the network or broadcast address of an IPv4 prefix, or the subnet-router anycast address of an IPv6 prefix (RFC 4291, section 2.6.1); prefixes of /31, /32, /127 and /128 have none of these (RFC 3021, RFC 6164). Multicast, loopback, link-local and reserved addresses are not for networks either.",
  },
  "address-duplicate": {
    ...badDocument,
    text: "{address} is already {holder}",
    hint: "Give one of the two another address.",
    about: "An address is written down twice: for two hosts, for a host and a gateway, for a VIP and something else.",
  },
  "range-outside-network": {
    ...badDocument,
    text: "the range {range} is not within {cidr}",
    hint: "Ranges say which addresses of the network may be handed out.",
    about: "Both ends of a range must lie in the prefix that it belongs to.",
  },
  "range-overlap": {
    ...badDocument,
    text: "the range {range} overlaps the range {other}",
    hint: "Join the two, or correct one.",
    about: "Two ranges of one network share addresses. That is harmless to compute, but nearly always a typing error.",
  },
  "range-empty": {
    ...badDocument,
    text: "the ranges of {cidr} hold no address that can be handed out",
    hint: "Widen a range: the network's own address, its broadcast address and its gateway are never handed out.",
    about: "Everything in the ranges is the network's own address, its broadcast address or its gateway.",
  },
  "network-overlap": {
    ...badDocument,
    text: "{cidr} of {what} overlaps {otherCidr} of {other}",
    hint: "Correct one of the prefixes. A network that is one L2 segment in several racks is marked `shared: true` in each of them.",
    about: "Two networks, two pools, or a network and a pool share addresses, so an address would not say where it is.",
  },
  "network-shared-mismatch": {
    ...badDocument,
    text: 'network "{network}" of rack "{rack}" is not the same as in rack "{other}": {field} differs',
    hint: "A shared network has the same prefixes, gateways, ranges, VLAN and MTU in each rack, and `shared: true` in all of them.",
    about: "A shared network is one L2 segment. Racks that describe it differently cannot both be right.",
  },
  "bridge-clash": {
    ...badDocument,
    text: 'the bridge "{bridge}" of network "{network}" is already that of network "{other}"',
    hint: "Give each network of a rack a bridge of its own.",
    about: "Two networks of one rack on one bridge would be one L2 segment.",
  },
  "interface-clash": {
    ...badDocument,
    text: 'the interface "{interface}" of network "{network}" is already {holder}',
    hint: "An interface is the port of one bridge; networks that differ in `vlan` may share one.",
    about: "One interface is to become a port of two bridges, or has the name of a bridge.",
  },

  // --- hosts
  "host-address-missing": {
    ...badDocument,
    text: 'host "{host}" has no address in network "{network}", which it needs {purpose}',
    hint: "Add `{network}` to its `addresses`.",
    about:
      "A controller needs an address in the network that Corosync talks over, and where it is a router by itself also in the router's two networks; a member needs one in the management network of its router.",
  },

  // --- virtual routers
  "router-without-controllers": {
    ...badDocument,
    text: 'rack "{rack}" has no controller that could run the router "{router}"',
    hint: "Give a host of this rack the role `controller`, or put the router into another rack.",
    about: "A virtual router runs on the controllers of its own rack, because its VIPs live in that rack's networks.",
  },
  "router-needs-vips": {
    ...badDocument,
    text: 'the router "{router}" has no VIPs, but {count} controllers of rack "{rack}" could run it',
    hint: "Add `publicVip` and `managementVip`, with `ipv4: auto` and, if wanted, `ipv6: auto`.",
    about:
      "Without VIPs a router works on the own addresses of one controller, and nothing can move. With several controllers that is a mistake.",
  },
  "router-vips-unpaired": {
    ...badDocument,
    text: 'the router "{router}" has an IPv{family} {present} VIP, but no IPv{family} {absent} VIP',
    hint: "Add `ipv{family}` to `{field}`, or remove it from the other.",
    about: "Public and management VIP move together, family by family: traffic comes in by the one and leaves by the other.",
  },
  "router-without-family": {
    ...badDocument,
    text: 'the router "{router}" has no address family to work in',
    hint: "Give its controller, in both networks, an IPv4 address or an IPv6 address.",
    about: "A router without VIPs serves the families that its controller has in both the management and the public network.",
  },
  "router-networks-equal": {
    ...badDocument,
    text: 'management and public network of the router "{router}" are both "{network}"',
    hint: "Name two networks of the rack: `managementNetwork` and `publicNetwork`.",
    about: "A router stands between two networks.",
  },
  "gateway-missing": {
    ...badDocument,
    text: '{where} has no IPv{family} gateway, which the router "{router}" needs for its way out',
    hint: "Add `gateway` to the network's `ipv{family}`.",
    about: "The router's default route goes through the gateway of its public network, in each family that it serves.",
  },
  "router-advertisements-without-ipv6": {
    ...badDocument,
    text: 'the router "{router}" is to send router advertisements, but has no IPv6',
    hint: "Add `ipv6: auto` to its VIPs, or remove `routerAdvertisements`.",
    about: "Router advertisements (RFC 4861) are an IPv6 matter, sent only by the owner of the management VIP.",
  },
  "inbound-outside": {
    ...badDocument,
    text: '{to} is not inside of the router "{router}", which has {inside}',
    hint: "`to` is an address or a prefix of the router's management network, in a family that the router serves.",
    about: "An inbound rule opens a way from outside to the inside, so its target must be inside.",
  },
  "inbound-ports": {
    ...badDocument,
    text: "ports mean nothing for protocol {protocol}",
    hint: "Remove `ports`, or write one rule for `tcp` and one for `udp`.",
    about: "Only TCP and UDP have ports.",
  },
  "router-routed-private": {
    ...warning,
    text: 'the router "{router}" sends {cidr} out untranslated, but that is private address space',
    hint: "Right only where the networks outside have a route back to {cidr}. Otherwise set `nat.ipv4` to `snat`.",
    about: "`nat.ipv4: routed` with addresses of RFC 1918: answers come back only where the fabric knows the way.",
  },
  "router-second": {
    ...warning,
    text: 'members of rack "{rack}" use the router "{first}" for IPv{family}, not "{router}"',
    hint: 'Give "{router}" another management network, or use its VIP as gateway where you need it.',
    about: "Several routers serve one management network. A member has one default route a family; it goes to the first router by name.",
  },
  "served-later": {
    ...warning,
    text: "{field} is kept, but this version does not serve it yet",
    hint: "Nothing answers for it until a later version; hosts keep what they use now.",
    about: "Part of the document that later versions carry out (name service, time service). It can stay in the document.",
  },
  "not-yet-supported": {
    ...badDocument,
    text: "{field}: {what} is not carried out by this version",
    hint: "Remove it from the document until a later version supports it.",
    about: "The document's format already has the field, but nothing would happen, so it is refused rather than silently accepted.",
  },

  // --- service VIPs
  "pool-unknown": {
    ...badDocument,
    text: 'there is no VIP pool "{pool}"',
    hint: "Pools of this document: {known}.{suggestion}",
    about: "A VIP names a pool that `spec.vipPools` does not have.",
  },
  "vip-pool-missing": {
    ...badDocument,
    text: 'the VIP "{vip}" is {mode}, and names no pool',
    hint: "Add `pool`: addresses that are announced come from a pool, which belongs to no L2 network.",
    about: "The address of an anycast or roaming VIP is reached by its route alone, so it must not lie in a network of a rack.",
  },
  "vip-without-address": {
    ...badDocument,
    text: 'the VIP "{vip}" has no address',
    hint: "Give `address` an `ipv4` or an `ipv6`: `auto`, or an address of the pool.",
    about: "A VIP has an IPv4 address, an IPv6 address, or both.",
  },
  "vip-field-foreign": {
    ...badDocument,
    text: '"{field}" means nothing for a VIP of mode {mode}',
    hint: "It belongs to mode {owners}. Remove it, or change the mode.",
    about:
      "`network` and `rack` say where a failover VIP is, `pool` and `racks` where an anycast or roaming one may be; `group` is for roaming ones.",
  },
  "vip-nowhere": {
    ...badDocument,
    text: 'nobody could announce the VIP "{vip}": no rack with controllers has `ospf` or `bgp`',
    hint: "Say in `spec.racks` how controllers speak with their top-of-rack routers.",
    about: "An anycast or roaming VIP without `racks` is held in all racks whose controllers announce. Here there are none.",
  },
  "routing-missing": {
    ...badDocument,
    text: 'no controller of rack "{rack}" could announce the VIP "{vip}"',
    hint: "The rack needs controllers, and `ospf` or `bgp`. Or leave it out of the VIP's `racks`.",
    about: "A VIP names a rack that has no controllers, or whose controllers have nobody to announce to.",
  },
  "reply-gateway-missing": {
    ...badDocument,
    text: 'controllers {where} have no IPv{family} gateway in the fabric, which replies from the VIP "{vip}" need',
    hint: "Name the top-of-rack routers in `gateways` of `{protocol}`.",
    about:
      "Replies from an anycast or roaming VIP leave by the fabric, never through a virtual router, which would translate them: so each family needs a next hop there.",
  },
  "roaming-clusters": {
    ...badDocument,
    text: 'the roaming VIP "{vip}" may be in racks of several Pacemaker clusters: {clusters}',
    hint: "Name racks of one of them in `racks`, or let one Pacemaker cluster span these racks (`spec.pacemaker`).",
    about: "One owner anywhere is what one Pacemaker cluster can promise. Two would each choose an owner.",
  },
  "roaming-group-racks": {
    ...badDocument,
    text: 'the VIP "{vip}" is in the group "{group}" with "{other}", but may be in other racks',
    hint: "Give all VIPs of the group the same `racks`.",
    about: "The VIPs of a group move together, so each must be allowed wherever the others are.",
  },
  "namespace-clash": {
    ...badDocument,
    text: 'the service namespace "{namespace}" cannot have {what}',
    hint: "{remedy}",
    about:
      "Names of network namespaces on the hosts, and ids in the Pacemaker cluster, are made from the names of service namespaces and virtual routers. Two would be the same.",
  },
  "namespace-netns": {
    ...badDocument,
    text: 'the service namespace "{namespace}" is made by Rackway, under the name rw-{namespace}; it cannot have a `netns`',
    hint: "Add `existing: true` if it is there already, or remove `netns`.",
    about: "`netns` is the name of a network namespace that somebody else makes.",
  },
  "namespace-unused": {
    ...warning,
    text: 'no VIP is in the service namespace "{namespace}"',
    hint: "VIPs name: {known}.{suggestion}",
    about: "A service namespace is there for its VIPs. One without any is nearly always a typing error.",
  },
  "health-kind": {
    ...badDocument,
    text: 'the check of the VIP "{vip}" has {found}, and needs exactly one of {kinds}',
    hint: "Say one thing that makes the service healthy; a `command` can ask for several.",
    about: "A check is one of tcp, http, https, dns, ntp and command, beside how often it is done.",
  },

  // --- top-of-rack routers
  "routing-both": {
    ...badDocument,
    text: "{where} has both `ospf` and `bgp`",
    hint: "Keep one of them.",
    about: "A host announces by one protocol, so that a withdrawal there is a withdrawal.",
  },
  "routing-on-member": {
    ...badDocument,
    text: 'host "{host}" is a member, and announces nothing',
    hint: "Remove `routing`, or make it a controller.",
    about: "Only controllers hold VIPs, so only they speak with top-of-rack routers.",
  },
  "router-id-missing": {
    ...badDocument,
    text: 'host "{host}" has no IPv4 address that could be its router id',
    hint: "Give the host a `routing` with a `routerId`: any IPv4 address that no other router of the fabric uses for its id.",
    about: "OSPF and BGP know routers by a number of 32 bits, also where all else is IPv6 (RFC 5340, RFC 6286).",
  },
  "router-id-duplicate": {
    ...badDocument,
    text: 'the router id {routerId} of host "{host}" is that of host "{other}" already',
    hint: "Give one of the two another.",
    about: "Two routers with one id do not become neighbours, and overwrite each other's announcements.",
  },
  "gateway-interface": {
    ...badDocument,
    text: "the top-of-rack router {gateway} {problem}",
    hint: "Write `{address}%INTERFACE` in `gateways`, with one of {interfaces}.",
    about: "A route needs to know behind which interface its next hop is. Where a host has one interface to the fabric, that is clear.",
  },
  "fabric-interface-port": {
    ...badDocument,
    text: 'the interface "{interface}" is a port of the bridge "{bridge}", where no routing daemon can speak',
    hint: 'Name the bridge "{bridge}" instead, or an interface that belongs to no network.',
    about: "What arrives at a bridge's port is the bridge's: addresses and neighbours are there.",
  },
  "ospf-dead-interval": {
    ...badDocument,
    text: "a neighbour would be given up after {deadSeconds} s, with a hello every {helloSeconds} s",
    hint: "`deadSeconds` is a multiple of `helloSeconds`, four times by custom.",
    about: "With a dead interval that is not above the hello interval, neighbours come and go for ever (RFC 2328, appendix C.3).",
  },
  "bgp-neighbor-form": {
    ...badDocument,
    text: "a BGP neighbour has {found}",
    hint: "Give it either `address` or `interface`.",
    about: "A neighbour is known by its address, or by the interface that it is behind (unnumbered).",
  },
  "bgp-neighbor-twice": {
    ...badDocument,
    text: "the BGP neighbour {neighbor} is there already",
    hint: "Remove one of the two.",
    about: "One session a neighbour.",
  },
  "bgp-interfaces-missing": {
    ...badDocument,
    text: "it is not said by which interface the BGP neighbours are reached",
    hint: "Add `interfaces`: forwarding is switched on for these, and replies leave by them.",
    about: "Neighbours that are given by address do not say which interface they are behind.",
  },

  // --- Pacemaker clusters
  "pacemaker-rack-twice": {
    ...badDocument,
    text: 'rack "{rack}" is already in the Pacemaker cluster "{other}"',
    hint: "Each rack belongs to one Pacemaker cluster.",
    about: "A controller runs one Corosync, so it can be in one Pacemaker cluster only.",
  },
  "pacemaker-without-controllers": {
    ...badDocument,
    text: 'the Pacemaker cluster "{cluster}" has no controllers',
    hint: "Give a host of its racks the role `controller`, or remove the Pacemaker cluster.",
    about: "None of the racks that it names has a controller.",
  },
  "pacemaker-name-taken": {
    ...badDocument,
    text: 'the name "{cluster}" is needed for the Pacemaker cluster of rack "{rack}", which no entry of spec.pacemaker names',
    hint: 'Add rack "{rack}" to an entry, or rename this one.',
    about: "A rack with controllers that no entry names gets a Pacemaker cluster of its own, with the rack's name.",
  },
  "pacemaker-family": {
    ...badDocument,
    text: 'the controllers of the Pacemaker cluster "{cluster}" have no address family in common in network "{network}"',
    hint: "Give all of them an IPv4 address in it, or all of them an IPv6 address.",
    about: "Corosync talks over one address family on a link; IPv4 is taken where all controllers have it.",
  },
  "takeover-fenced-without-fencing": {
    ...badDocument,
    text: 'the Pacemaker cluster "{cluster}" waits for fencing (takeover: fenced), but has no fence device',
    hint: "Add devices to `fencing`, for every controller, or take `takeover: quorum`.",
    about: "With `takeover: fenced` nobody takes over until the old owner is known to be off. Without a device for it, nobody ever would.",
  },
  "router-name-clash": {
    ...badDocument,
    text: "the router's name \"{router}\" is taken in Pacemaker's configuration: something of {holder} is called `rw-{router}` there",
    hint: "Choose another name.",
    about:
      "A router's resources are named after it, `rw-ROUTER` and `rw-ROUTER-WORD`, and Pacemaker takes each id once: with two, it refuses all.",
  },
  "two-controllers": {
    ...badDocument,
    text: 'the Pacemaker cluster "{cluster}" has two controllers, which need `takeover: fenced` and a fence device for both',
    hint: "With two, a lost peer cannot be told from a partition: there is no majority to ask. Fence, or use one or three controllers.",
    about:
      "After a cut between two controllers each sees only itself. Taking over on that evidence gives two owners, so the takeover must wait for the fence device's word.",
  },
  "controllers-even": {
    ...warning,
    text: 'the Pacemaker cluster "{cluster}" has {count} controllers, an even number',
    hint: "An odd number is better: {count} survive the loss of no more hosts than {fewer}, and an even split leaves no side with a majority.",
    about: "Quorum is more than half of the votes.",
  },
  "fencing-absent": {
    ...warning,
    text: 'the Pacemaker cluster "{cluster}" has no fencing: a frozen host can go on answering for a VIP that has moved',
    hint: "Add a device to `fencing`. Until then only quorum keeps VIPs single.",
    about: "Which promise is in force: without fencing, a host that neither works nor is off may answer beside the new owner.",
  },
  "fencing-incomplete": {
    ...badDocument,
    text: 'the Pacemaker cluster "{cluster}" has fence devices, but none for {hosts}',
    hint: "Add a device for each, or name them in the `hosts` of one.",
    about:
      "Once there is fencing, Pacemaker waits for it before it recovers anything of a lost host: a host without a device stops its cluster.",
  },
  "fencing-host-foreign": {
    ...badDocument,
    text: 'host "{host}" is not a controller of the Pacemaker cluster "{cluster}"',
    hint: "Controllers that this device can fence: {known}.",
    about: "A fence device is used by the Pacemaker cluster that it belongs to, for that cluster's own controllers.",
  },
  "fencing-secret": {
    ...badDocument,
    text: 'the fence device parameter "{parameter}" would put a secret into the document',
    hint: "Point at a file on the hosts: agents that take `password` also take `password_script`, a program that prints it. Where an agent has nothing of the kind, wrap it in one of your own.",
    about: "Parameters are copied into the cluster's configuration, where every local user of a controller can read them.",
  },
} as const satisfies Entries;

/** Handing out addresses, node ids and router indexes. */
export const allocationErrors = {
  "addresses-exhausted": {
    ...conflict,
    text: "no free IPv{family} address is left for {owner} in {where} ({ranges})",
    hint: "Widen the ranges, release what is not needed, or choose an address.",
    about: "Every address of the network's or pool's ranges is reserved, a host's, the gateway's, or not assignable.",
  },
  "address-taken": {
    ...conflict,
    text: "{address} has been handed out to {owner}",
    hint: "Choose another address, or give {owner} a chosen address first.",
    about:
      "An address that is written in the document was handed out automatically before. It is not taken away silently: a VIP would move.",
  },
  "numbers-exhausted": {
    ...conflict,
    text: "no free {what} is left (1 to {limit})",
    hint: "Remove what is not needed.",
    about:
      "Routers and service namespaces are numbered 1 to 4094 within an installation, Corosync's nodes within a Pacemaker cluster, VIPs within their namespace.",
  },
} as const satisfies Entries;

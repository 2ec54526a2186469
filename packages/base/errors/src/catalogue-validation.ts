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
  "use-router-controller": {
    ...badDocument,
    text: 'host "{host}" is a controller, and has `useRouter`',
    hint: "Take `useRouter` out: a controller keeps its own resolver and time source.",
    about:
      "Controllers are what members ask for names and the time. They must come up, and have the right time, without asking themselves.",
  },
  "use-vip-unknown": {
    ...badDocument,
    text: 'members of rack "{rack}" are to ask VIP "{vip}", which does not exist (known: {known})',
    hint: "{suggestion}Describe it in `spec.vips`, or name one that is there.",
    about: "`useVips` names service VIPs of the document.",
  },
  "use-vip-unserved": {
    ...badDocument,
    text: 'members of rack "{rack}" are to ask VIP "{vip}", which has no `{field}`',
    hint: "Give the VIP `{field}`, or name one that has it.",
    about: "`useVips.dns` names VIPs with `dns`, `useVips.ntp` VIPs with `ntp`.",
  },
  "use-vip-family": {
    ...badDocument,
    text: 'host "{host}" has no address of a family (IPv{families}) in which the VIPs of `useVips.{field}` of rack "{rack}" are',
    hint: "Give one of the VIPs an address of the other family, too.",
    about: "Every member of the rack asks these VIPs, by an address of its own.",
  },
  "use-router-unserved": {
    ...badDocument,
    text: 'host "{host}" is to use `{field}` of its router, and no router that leads it has `{field}`',
    hint: "Give the router `{field}`, the host an address in its management network, or take `useRouter.{field}` out.",
    about: "A host asks the first router of its rack, by name, that serves a network in which the host has an address.",
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
  "upstream-duplicate": {
    ...badDocument,
    text: '"{router}" names {upstream} twice',
    hint: "Remove one of them.",
    about: "Among the servers that one thing is asked of, each stands once: a second entry of the same server is no second server.",
  },
  "upstream-loop": {
    ...badDocument,
    text: '"{router}" asks {address}, which is a VIP of "{owner}": its questions would come back',
    hint: "Name servers that do not ask this router again.",
    about: "The name or time service of a router asks itself, or its name service asks another router's that asks it.",
  },
  "dns-upstreams-mixed": {
    ...badDocument,
    text: 'some name servers of "{router}" are asked over TLS, and this one is asked otherwise than the first',
    hint: "Give all of them a `tls` name, or none.",
    about: "Where some queries went in the clear, TLS would protect nothing; so a router asks all of its upstreams over TLS, or none.",
  },
  "dns-domain-own": {
    ...badDocument,
    text: 'the local domain {domain} is the one that "{router}" makes its own names in',
    hint: "Choose another `domain`, or remove the local domain.",
    about: "Names of hosts, VIPs and routers are made in one domain, which the router answers for itself and asks nobody about.",
  },
  "dns-rack-label": {
    ...badDocument,
    text: 'a rack cannot be called "{rack}" where names are made: "{router}" has routers and VIPs there, as NAME.{rack}.{domain}',
    hint: "Rename the rack, or give the router `names: none`.",
    about: "Generated names are HOST.RACK, ROUTER.router and VIP.vip; a rack of such a name would have names that mean two things.",
  },
  "dns-names-too-many": {
    ...badDocument,
    text: 'the names that "{router}" would know take {kilobytes} kB, and {limit} kB is what there is room for',
    hint: "`names: rack` knows those of the router's own rack; `names: none` makes none.",
    about: "Names travel in the parameters of a resource, whose size is bounded, so that name service needs no Rackway process.",
  },
  "ntp-name-without-dns": {
    ...badDocument,
    text: 'the time server {server} of "{router}" is a name, and there is no name service beside it to ask',
    hint: "Give it `dns`, too, or the time server's address.",
    about:
      "Names of time servers are asked of the name service in the same namespace (of the router, of a VIP): what a host has may not be reached from there.",
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
      "`network` and `rack` say where a failover VIP is, `pool` and `racks` where an anycast or roaming one may be; `group` is for those that have one owner.",
  },
  "vip-network-missing": {
    ...badDocument,
    text: 'the failover VIP "{vip}" has no `{missing}`',
    hint: "Name the `rack` whose controllers hold it, and the `network` of that rack that its addresses are of.",
    about: "A failover VIP is in one L2 network of one rack.",
  },
  "vip-rack-empty": {
    ...badDocument,
    text: 'nobody could hold the VIP "{vip}": rack "{rack}" has no controllers',
    hint: "Name a rack with controllers, or make hosts of this one controllers.",
    about: "A failover VIP is held by one of the controllers of its rack.",
  },
  "failover-group-rack": {
    ...badDocument,
    text: 'the VIP "{vip}" is in the group "{group}" with "{other}", but in another rack',
    hint: "VIPs of one group are in one rack. Their networks may differ.",
    about: "The VIPs of a group are on one host, so they must be in networks of one rack.",
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
  "roaming-router-name": {
    ...badDocument,
    text: 'the roaming router "{router}" cannot have this name: {what}',
    hint: "Rename one of the two.",
    about:
      "A roaming router ROUTER has a service namespace of its name, and its VIPs are ROUTER-public and ROUTER-management wherever VIPs are listed. No other VIP or service namespace can be called so.",
  },
  "roaming-router-rack": {
    ...badDocument,
    text: 'members of rack "{rack}" leave through "{other}" already, so they cannot leave through the roaming router "{router}"',
    hint: 'Leave the rack out of its `racks`, or take "{other}" away.',
    about: "A member has one default route a family: by the router of its own rack, or by one roaming router.",
  },
  "roaming-router-sync": {
    ...badDocument,
    text: 'the connections of the roaming router "{router}" are not kept in step by this version',
    hint: "Give it `connectionSync` with `enabled: false`: connections in which the outside speaks first die when the router moves.",
    about:
      "conntrackd tells standbys of connections over one L2 network, which hosts of several racks do not have. A roaming router's document says that it does without.",
  },
  "roaming-router-mtu": {
    ...badDocument,
    text: '{where} has an MTU of {mtu}, of which the tunnel to the roaming router "{router}" leaves {left}: too little for IPv6',
    hint: "Raise the network's `mtu` to {least} or more, or leave `ipv6` out of the router's VIPs.",
    about: "A tunnel adds 56 bytes to a packet, and an IPv6 link carries packets of 1280 bytes at least (RFC 8200, section 5).",
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

  // --- proxies
  "service-in-existing": {
    ...badDocument,
    text: 'VIP "{vip}" has `{field}` in the namespace "{namespace}", which is there already',
    hint: "Put the VIP into a namespace of Rackway's own (another `namespace`), or run the daemon in the container.",
    about: "Rackway runs its own daemons in its own namespaces: what is in somebody else's is theirs.",
  },
  "service-without-health": {
    ...badDocument,
    text: 'VIP "{vip}" has the service "{program}", and nothing says how that is asked',
    hint: "Add `health`: what a client of the service would ask.",
    about: "A program that runs is not yet one that answers. The VIP is announced where its check is answered.",
  },
  "vip-service-differs": {
    ...badDocument,
    text: '`{field}` of VIP "{vip}" says otherwise than that of "{other}", and both are in the namespace "{namespace}"',
    hint: "Say the same in both, or put one of them into another namespace.",
    about: "All VIPs of a namespace share one name server and one time server, which have one configuration.",
  },
  "dns-names-rack": {
    ...badDocument,
    text: 'VIP "{vip}" is of no rack whose names it could know',
    hint: "Choose `names: cluster` or `names: none`.",
    about: "`names: rack` is for routers: they belong to a rack.",
  },
  "proxy-port-taken": {
    ...badDocument,
    text: 'the proxy of VIP "{vip}" has a frontend on port {port}, where the name service of "{owner}" listens in the same namespace "{namespace}"',
    hint: "Put one of the VIPs into another namespace, or choose another port.",
    about: "A namespace with name service has one Unbound, on port 53 by UDP and TCP.",
  },
  "proxy-port-twice": {
    ...badDocument,
    text: 'the proxy of VIP "{vip}" has a frontend on port {port} already',
    hint: "Remove one of the two, or put the backends of both into one.",
    about: "A port of an address is listened on once. Another VIP can have the same port: its addresses are others.",
  },
  "proxy-port-reserved": {
    ...badDocument,
    text: "port {port} of a namespace with a proxy is where the proxy says how it is",
    hint: "Choose another port.",
    about: "The checker asks there, from inside the namespace; nobody else is answered.",
  },
  "proxy-key-missing": {
    ...badDocument,
    text: 'the frontend on port {port} of VIP "{vip}" has the certificate {certificate}, and no key for it',
    hint: "Add `key`: the path of the private key's file on the hosts. If both are in one file, give its path twice.",
    about: "A certificate is of no use without its private key. Both stay in files of the hosts; the document has their paths.",
  },
  "backend-twice": {
    ...badDocument,
    text: 'the backend {backend} is there already, on port {port} of VIP "{vip}"',
    hint: "Remove one of the two.",
    about: "A server that is named twice would be asked twice as often, and checked twice.",
  },
  "backend-loop": {
    ...badDocument,
    text: 'by the backend {backend}, a frontend of VIP "{owner}", the proxy of VIP "{vip}" would ask itself',
    hint: "Name the servers that answer behind it.",
    about:
      "What comes in would be passed on to where it came in, at once or by way of other VIPs' proxies. VIPs whose proxies need each other would wait for each other, too.",
  },
  "proxy-in-existing": {
    ...badDocument,
    text: 'VIP "{vip}" has a proxy in the namespace "{namespace}", which is there already',
    hint: "Put the VIP into a namespace of Rackway's own (another `namespace`), or run the proxy in the container.",
    about: "What listens in somebody else's namespace is theirs.",
  },
  "proxy-too-large": {
    ...badDocument,
    text: 'the proxies in namespace "{namespace}" have more than {frontends} frontends or {backends} backends together',
    hint: "Put some of the VIPs into another namespace.",
    about: "All proxies of a namespace are one HAProxy, whose configuration is one parameter of one Pacemaker resource: 100 KB at most.",
  },
  "proxy-health-port": {
    ...warning,
    text: 'the check of VIP "{vip}" asks port {port}, and its proxy has no frontend there (it has {ports})',
    hint: "Without something else that listens there, the VIP is never announced. Without `health`, the proxy itself is asked how its backends are.",
    about: "What is checked should be what clients use.",
  },
  "proxy-health-protocol": {
    ...badDocument,
    text: 'the check of VIP "{vip}" asks port {port} by {kind}, where only the PROXY protocol is understood (`accept: true`)',
    hint: "Leave `health` out, or take the check `proxy`: the proxy itself is asked how its backends are.",
    about: "The checker does not speak the PROXY protocol: the VIP would never be healthy.",
  },
  "health-without-proxy": {
    ...badDocument,
    text: 'the check of VIP "{vip}" asks its proxy, and it has none',
    hint: "Add `proxy`, or choose another kind of check.",
    about: "`health: { proxy: {} }` asks the HAProxy that answers on the VIP.",
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
    text: 'the Pacemaker cluster "{cluster}" has two controllers, which need a `quorumDevice`, or `takeover: fenced` and a fence device for both',
    hint: "With two, a lost peer cannot be told from a partition: there is no majority to ask. Give the deciding vote to a third host, fence, or use one or three controllers.",
    about:
      "After a cut between two controllers each sees only itself. Taking over on that evidence gives two owners: either a third host decides (a quorum device), or the takeover waits for the fence device's word.",
  },
  "controllers-even": {
    ...warning,
    text: 'the Pacemaker cluster "{cluster}" has {count} controllers, an even number',
    hint: "An odd number is better: {count} survive the loss of no more hosts than {fewer}, and an even split leaves no side with a majority. A `quorumDevice` decides between two halves.",
    about: "Quorum is more than half of the votes.",
  },
  "quorum-device-inside": {
    ...badDocument,
    text: 'the quorum device\'s host "{host}" is a controller of the Pacemaker cluster "{cluster}" itself',
    hint: "Name a host that is none of its controllers: a member, or a controller of another rack. It should not fail together with one of the halves.",
    about: "A device decides between the halves of a cluster. One that is in a half always decides for that one, and is lost with it.",
  },
  "quorum-device-address": {
    ...badDocument,
    text: 'the quorum device\'s host "{host}" has no address in network "{network}" of a family that all controllers of the Pacemaker cluster "{cluster}" have there',
    hint: "Give the host an address in that network of its rack, or name another host.",
    about: "The controllers reach their quorum device over the network that Corosync talks over, by IPv4 where all have it, else by IPv6.",
  },
  "quorum-device-single": {
    ...badDocument,
    text: 'the Pacemaker cluster "{cluster}" has one controller; with a quorum device it would stop whenever the device is lost',
    hint: "Remove `quorumDevice`, or give the cluster a second controller.",
    about: "One controller and one device are two votes, of which both are needed. There are no halves to decide between.",
  },
  "quorum-device-odd": {
    ...warning,
    text: 'the Pacemaker cluster "{cluster}" has {count} controllers, an odd number: a quorum device is of little use there',
    hint: "Remove `quorumDevice`: an odd number never splits into two halves, and with the device's vote the loss of the device counts as that of a host.",
    about: "The device's vote is for a tie, which only an even number of controllers can have.",
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

import { isIP } from "node:net";
import type { RouterSpeech } from "./router-speech.ts";
import type { BgpTowardsHosts, OspfTowardsHosts } from "./topology.ts";

/**
 * A router's BIRD (2.0.12, bird.network.cz, user's guide): the same as its FRR would say (frr-conf.ts). Where BIRD differs, it cannot be
 * told otherwise:
 *
 * - It recalculates routes once a second at the most (`tick 1`): what BFD notices at once may take a second to act. (FRR waits 50 ms, and
 *   for external routes a second more.)
 * - MinLSArrival is 1 s: a prefix that changes again within that time is dropped without an acknowledgement, and is heard with the
 *   sender's retransmission (5 s by default), as at an FRR with its defaults.
 * - MinLSInterval is 5 s for what it originates itself.
 * - Its OSPFv3 authentication (RFC 7166) is not understood by an FRR before 9.1, whose digest is one of its own (FRR issue 15800).
 */
export function renderBird(speech: RouterSpeech): Record<string, string> {
  const { towardsHosts } = speech;
  const blocks = [
    [`router id ${speech.id};`, "log stderr { info, remote, warning, error, auth, fatal, bug };"],
    block("protocol device", ["scan time 10;"]),
    // Connected networks are known as such and do not come back into the kernel as OSPF's.
    block("protocol direct", ["ipv4;", "ipv6;"]),
    block("protocol bfd", block('interface "*"', ["min rx interval 50 ms;", "min tx interval 50 ms;", "multiplier 3;"])),
    ...families.flatMap((family) => [kernel(family), ...wayOut(speech, family), ospf(speech, family)]),
    ...(towardsHosts.protocol === "bgp" ? bgp(speech, towardsHosts) : []),
  ];
  return { "etc/bird/bird.conf": `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n` };
}

const families = [4, 6] as const;
type Family = (typeof families)[number];

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), "};"];
}

/** The way out and connected networks are in the kernel already, by the boot. */
function kernel(family: Family): string[] {
  const channel = block(`ipv${family}`, ["import none;", "export where source !~ [ RTS_DEVICE, RTS_STATIC ];"]);
  return block(`protocol kernel kernel${family}`, ["merge paths yes limit 64;", ...channel]);
}

function wayOut(speech: RouterSpeech, family: Family): string[][] {
  return speech.wayOut
    .filter((address) => isIP(address) === family)
    .map((address) => {
      const any = family === 4 ? "0.0.0.0/0" : "::/0";
      return block(`protocol static out${family}`, [`ipv${family};`, `route ${any} via ${address};`]);
    });
}

/** External routes have FRR's metrics: the same prefix may come in at routers with either daemon. */
function ospf(speech: RouterSpeech, family: Family): string[] {
  const filter = block("export filter", [
    "if source = RTS_STATIC then { ospf_metric2 = 10; accept; }",
    "if source = RTS_BGP then { ospf_metric2 = 20; accept; }",
    "reject;",
  ]);
  const { towardsHosts } = speech;
  const area = towardsHosts.protocol === "ospf" ? towardsHosts.area : "0.0.0.0";
  const backbone = [
    ...speech.betweenRouters.flatMap((name) => block(`interface "${name}"`, ["type ptp;", "hello 1;", "dead 10;", "retransmit 2;"])),
    ...speech.silent.flatMap((name) => block(`interface "${name}"`, ["stub;"])),
  ];
  const towards = speech.hosts.flatMap((name) => ospfTowards(name, towardsHosts, family));
  const areas =
    area === "0.0.0.0"
      ? [...block("area 0.0.0.0", [...backbone, ...towards])]
      : [...block("area 0.0.0.0", backbone), ...block(`area ${area}`, towards)];
  const version = family === 4 ? "v2" : "v3";
  return block(`protocol ospf ${version} fabric${family}`, [
    "ecmp yes limit 64;",
    // The same prefix from several hosts is one route with several ways.
    "merge external yes;",
    ...block(`ipv${family}`, filter),
    ...areas,
  ]);
}

function ospfTowards(name: string, towards: RouterSpeech["towardsHosts"], family: Family): string[] {
  // Point-to-point, or BIRD would name the host as forwarding address, which FRR does not do over IPv6: the two were no equal ways.
  if (towards.protocol === "bgp") return block(`interface "${name}"`, ["type ptp;", "stub;"]);
  return block(`interface "${name}"`, [
    `type ${towards.networkType === "broadcast" ? "broadcast" : "ptp"};`,
    `hello ${towards.helloSeconds};`,
    `dead ${towards.deadSeconds};`,
    "bfd;",
    ...authentication(towards, family),
  ]);
}

function authentication({ authentication: key }: OspfTowardsHosts, family: Family): string[] {
  if (key === undefined) return [];
  const algorithm = key.algorithm === "md5" && family === 4 ? "keyed md5" : "hmac sha256";
  return ["authentication cryptographic;", ...block(`password "${key.key}"`, [`id ${key.keyId};`, `algorithm ${algorithm};`])];
}

/** A host's own word outranks what another router has told of the same prefix, as at FRR. */
const channel = [
  "import all;",
  "preference 200;",
  "export where source ~ [ RTS_OSPF, RTS_OSPF_IA, RTS_OSPF_EXT1, RTS_OSPF_EXT2, RTS_BGP ];",
];

function bgp(speech: RouterSpeech, towards: BgpTowardsHosts): string[][] {
  const session = ["bfd;", "error wait time 1, 5;", ...(towards.password === undefined ? [] : [`password "${towards.password}";`])];
  if (towards.unnumbered) return unnumbered(speech, towards, session);
  return speech.neighbors.map(({ interface: port, address, own }, index) =>
    block(`protocol bgp host${index + 1}`, [
      `# behind ${port}`,
      `local ${own} as ${towards.asn};`,
      `neighbor ${address} external;`,
      "connect retry time 1;",
      ...session,
      ...block(`ipv${isIP(address)}`, [...channel, "next hop self;"]),
    ]),
  );
}

/**
 * BIRD 2.0 has no neighbour without an address: it lets any link-local one on the cable in, and says in router advertisements (not as a
 * default router) where it is itself, so that the host, which learns its neighbour from them, begins. A host's FRR takes the other address
 * of a /31 instead where the cable has one (unless `v6only`), for both families.
 */
function unnumbered(speech: RouterSpeech, towards: BgpTowardsHosts, session: string[]): string[][] {
  const advertise = speech.hosts.flatMap((port) =>
    block(`interface "${port}"`, ["min ra interval 3;", "max ra interval 4;", "default lifetime 0;"]),
  );
  const channels = [
    ...block("ipv4", [...channel, "next hop self;", "extended next hop;"]),
    ...block("ipv6", [...channel, "next hop self;"]),
  ];
  const linkLocal = speech.hosts.map((port, index) =>
    block(`protocol bgp cable${index + 1}`, [
      `local as ${towards.asn};`,
      "neighbor range fe80::/10 external;",
      `interface "${port}";`,
      `dynamic name "cable${index + 1}x";`,
      ...session,
      ...channels,
    ]),
  );
  const numbered = speech.neighbors
    .filter(({ address }) => isIP(address) === 4)
    .map(({ interface: port, address, own }, index) =>
      block(`protocol bgp host${index + 1}`, [
        `# behind ${port}`,
        `local ${own} as ${towards.asn};`,
        `neighbor ${address} external;`,
        "passive;",
        ...session,
        ...channels,
      ]),
    );
  return [block("protocol radv", advertise), ...linkLocal, ...numbered];
}

import { spawnSync } from "node:child_process";
import type { Snapshot } from "./snapshot.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** What the kernel counts or numbers by itself. */
const volatileKeys =
  /^(ifindex|expires|valid_life_time|preferred_life_time|.*timer|.*handle|age|used|packets|bytes|stats.*|topology_change.*)$/;
const linkKeys = [
  "flags",
  "mtu",
  "qdisc",
  "master",
  "operstate",
  "address",
  "ifalias",
  "link",
  "altnames",
  "linkinfo",
  "inet6_addr_gen_mode",
];
const bridgePortNumbers = /^(id|no|designated_.*|port_.*|config_pending|root_.*)$/;
const volatileSysctls =
  /^net\.(netfilter\.nf_conntrack_(count|buckets|max)|ipv[46]\.route\.flush|ipv4\.tcp_fastopen_key|nf_conntrack_max)|\.stable_secret$/;

/** Links, addresses, routes of all tables, rules, the nftables ruleset and net.* sysctls of one network namespace (null: the host's own). */
export function listNetwork(namespace: string | null): Snapshot {
  const run = (argv: string[]): string => runInside(namespace, argv);
  const ipJson = (argv: string[]): JsonObject[] => JSON.parse(run(["ip", "-d", "-j", ...argv]) || "[]") as JsonObject[];
  const facts: Snapshot = {};
  const place = namespace === null ? "" : `${namespace} `;
  const note = (kind: string, key: string, value: Json): void => {
    facts[`${kind}: ${place}${key}`] = canonical(value);
  };
  for (const link of ipJson(["link", "show"])) {
    note("link", text(link["ifname"]), Object.fromEntries(linkKeys.flatMap((key) => (link[key] === undefined ? [] : [[key, link[key]]]))));
  }
  for (const link of ipJson(["address", "show"])) {
    for (const address of (link["addr_info"] ?? []) as JsonObject[]) {
      note("address", `${text(link["ifname"])} ${text(address["local"])}/${text(address["prefixlen"])}`, address);
    }
  }
  for (const family of ["-4", "-6"]) {
    for (const route of ipJson([family, "route", "show", "table", "all"])) note(`route ${family}`, canonical(route), "present");
    for (const rule of ipJson([family, "rule", "show"])) note(`rule ${family}`, canonical(rule), "present");
  }
  for (const [key, rules] of listNftables(run(["nft", "-j", "list", "ruleset"]))) note("nft", key, rules);
  for (const line of run(["sysctl", "-a", "--pattern", "^net\\."]).split("\n")) {
    const [name, ...value] = line.split(" = ");
    if (name !== undefined && name !== "" && !volatileSysctls.test(name)) note("sysctl", name, value.join(" = "));
  }
  return facts;
}

function runInside(namespace: string | null, argv: string[]): string {
  const command = namespace === null ? argv : ["ip", "netns", "exec", namespace, ...argv];
  const { stdout } = spawnSync(command[0]!, command.slice(1), { encoding: "utf8", timeout: 20_000, maxBuffer: 256 * 1024 * 1024 });
  return stdout ?? "";
}

/** One fact for each table, set and chain; a chain's value has its rules in their order. */
function listNftables(json: string): Map<string, Json[]> {
  const facts = new Map<string, Json[]>();
  if (json === "") return facts;
  const { nftables } = JSON.parse(json) as { nftables: JsonObject[] };
  for (const entry of nftables) {
    const [kind, body] = Object.entries(entry)[0] as [string, JsonObject];
    if (kind === "metainfo") continue;
    const owner = kind === "rule" ? "chain" : kind;
    const name = kind === "rule" ? body["chain"] : body["name"];
    const key = `${text(body["family"])} ${text(body["table"])} ${owner} ${text(name)}`;
    facts.set(key, [...(facts.get(key) ?? []), body]);
  }
  return facts;
}

function text(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** JSON with sorted keys, without what changes by itself. */
function canonical(value: Json): string {
  if (typeof value === "string") return value;
  return JSON.stringify(clean(value));
}

function clean(value: Json): Json {
  if (Array.isArray(value)) return value.map(clean);
  if (value === null || typeof value !== "object") return value;
  const isPort = value["info_slave_kind"] === "bridge";
  const kept = Object.entries(value).filter(([key]) => !volatileKeys.test(key));
  const cleaned = kept.map(([key, inner]): [string, Json] => [
    key,
    clean(isPort && key === "info_slave_data" ? withoutPortNumbers(inner) : inner),
  ]);
  return Object.fromEntries(cleaned.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function withoutPortNumbers(data: Json): Json {
  if (data === null || typeof data !== "object" || Array.isArray(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !bridgePortNumbers.test(key)));
}

import type { ApiClient } from "@rackway/api-client";
import { eventSeverities } from "@rackway/schema";
import type { HostView, NetworkView, PoolView, RackView, RouterView, VipView } from "@rackway/schema";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { nameFailure, usageFailure } from "../failure.ts";
import { findKind, kindNames, type ListedKind } from "../kinds.ts";
import { readCount } from "../options.ts";
import { type Format, outputOption, printValue, renderRows } from "../output.ts";
import type { Session } from "../session.ts";
import { renderHostState } from "../status-text.ts";
import type { Column } from "../table.ts";
import { teach } from "../teach.ts";
import {
  renderVipAnnouncers,
  renderVipHealth,
  renderVipHolders,
  renderVipProblems,
  renderVipsOfHost,
  vipAnnouncers,
  vipOwners,
} from "../vip-text.ts";
import { renderAge, renderCount } from "../words.ts";
import { type EventOptions, type EventStart, parseEventStart, runEvents } from "./events.ts";

function readEventStart(text: string): EventStart {
  const start = parseEventStart(text);
  if (start === null) throw new InvalidArgumentError("Give 10m, 2h or 3d, a time such as 2026-11-22T13:00:00Z, or the id of an event.");
  return start;
}

interface GetOptions extends EventOptions {
  output: Format;
}

/** `get KIND [NAME]`: lists. */
export function registerGet(program: Command, session: Session): void {
  const get = program
    .command("get")
    .summary("list vips, networks, hosts, routers, racks, pools or events")
    .description(
      "Lists things of the current revision with what the agents saw of them. With a name, only that one. `get events` lists what happened; it takes --limit, --since, --kind, --subject, --min-severity and --follow. Its table folds what a host repeats within a minute into one line; wide, json and yaml have every event.",
    )
    .addArgument(new Argument("<kind>", "what to list").choices(kindNames))
    .argument("[name]", "only this one; networks are RACK/NETWORK, VIPs of a router ROUTER/public")
    .option("--limit <count>", "events: this many, the newest", readCount, 50)
    .option("--since <when>", "events: only from then on: 10m, 2h, 3d ago, an ISO time, or after an event's id", readEventStart)
    .option("--kind <kind>", "events: only of this kind")
    .option("--subject <subject>", "events: only of this subject, such as router/vr-a")
    .addOption(new Option("--min-severity <severity>", "events: only those that are at least so grave").choices(eventSeverities))
    .option("--follow", "events: go on as they come, until Ctrl-C", false)
    .addOption(outputOption())
    .action(async (kind: string, name: string | undefined, _, command: Command) => runGet(session, command, kind, name));
  teach(get, [
    ["rackway get hosts -o wide", "all hosts, with addresses and agent versions"],
    ["rackway get vips", "who has which address, who announces it, and how the service behind it is"],
    ["rackway get events --since 30m --limit 200", "what happened in the last half hour"],
    ["rackway get events --since 8h --min-severity warning", "what went wrong or moved tonight, without what hosts do when they boot"],
    ["rackway get events --subject router/vr-a --follow", "what happens to a router, as it happens"],
  ]);
}

async function runGet(session: Session, command: Command, typed: string, name: string | undefined): Promise<void> {
  const options = command.opts<GetOptions>();
  const kind = findKind(typed);
  if (kind === "events") {
    if (name !== undefined) throw usageFailure("events have no name", `did you mean: rackway get events --subject ${name}?`);
    return runEvents(session, await session.connect(command), options, options.output);
  }
  const flag = (["since", "kind", "subject", "minSeverity", "follow"] as const).find(
    (each) => command.getOptionValueSource(each) === "cli",
  );
  if (flag !== undefined)
    throw usageFailure(`--${flag === "minSeverity" ? "min-severity" : flag} is for events only`, "rackway get events --help");
  await printList(session, await session.connect(command), kind, name, options.output);
}

/** How one kind is listed: where it comes from, what it is called, its columns. */
interface Listing<Row> {
  list: (api: ApiClient) => Promise<{ revision: number | null; items: Row[] }>;
  nameOf: (row: Row) => string;
  columns: readonly Column<Row>[];
}

function printList(session: Session, api: ApiClient, kind: ListedKind, name: string | undefined, format: Format): Promise<void> {
  switch (kind) {
    case "racks":
      return print(session, api, racks, "rack", name, format);
    case "networks":
      return print(session, api, networks, "network", name, format);
    case "hosts":
      return print(session, api, hosts, "host", name, format);
    case "routers":
      return print(session, api, routers, "router", name, format);
    case "vips":
      return print(session, api, vips, "VIP", name, format);
    case "pools":
      return print(session, api, pools, "pool", name, format);
  }
}

async function print<Row>(
  session: Session,
  api: ApiClient,
  listing: Listing<Row>,
  kind: string,
  name: string | undefined,
  format: Format,
): Promise<void> {
  const answer = await listing.list(api);
  const empty =
    answer.revision === null
      ? "There is no revision yet. Make one: rackway apply -f FILE"
      : `There is no ${kind} in revision ${answer.revision}.`;
  if (name === undefined) {
    return printValue(session.io, format, answer, (isWide) => renderRows(session.io, listing.columns, answer.items, isWide, empty));
  }
  const found = answer.items.find((item) => listing.nameOf(item) === name);
  if (found === undefined) throw nameFailure(kind, name, answer.items.map(listing.nameOf));
  printValue(session.io, format, found, (isWide) => renderRows(session.io, listing.columns, [found], isWide, empty));
}

const racks: Listing<RackView> = {
  list: (api) => api.racks(),
  nameOf: (row) => row.name,
  columns: [
    { title: "NAME", cell: (row) => row.name },
    { title: "NETWORKS", cell: (row) => joined(row.networks) },
    { title: "CONTROLLERS", cell: (row) => joined(row.controllers) },
    { title: "MEMBERS", cell: (row) => joined(row.members) },
    { title: "ROUTERS", cell: (row) => joined(row.routers) },
  ],
};

const networks: Listing<NetworkView> = {
  list: (api) => api.networks(),
  nameOf: (row) => row.id,
  columns: [
    { title: "NAME", cell: (row) => row.id },
    { title: "BRIDGE", cell: (row) => row.bridge },
    { title: "IPV4", cell: (row) => row.ipv4?.cidr ?? "-" },
    { title: "IPV6", cell: (row) => row.ipv6?.cidr ?? "-" },
    { title: "RESERVED", align: "right", cell: (row) => String((row.ipv4?.reserved ?? 0) + (row.ipv6?.reserved ?? 0)) },
    {
      title: "GATEWAYS",
      wide: true,
      cell: (row) => joined([row.ipv4?.gateway, row.ipv6?.gateway].filter((each) => typeof each === "string")),
    },
    { title: "RANGES", wide: true, cell: (row) => joined([...(row.ipv4?.ranges ?? []), ...(row.ipv6?.ranges ?? [])]) },
    { title: "VLAN", wide: true, align: "right", cell: (row) => String(row.vlan ?? "-") },
    { title: "MTU", wide: true, align: "right", cell: (row) => String(row.mtu) },
    { title: "DRIVER", wide: true, cell: (row) => row.driver },
    { title: "SHARED", wide: true, cell: (row) => (row.shared ? "yes" : "no") },
  ],
};

const hosts: Listing<HostView> = {
  list: (api) => api.hosts(),
  nameOf: (row) => row.name,
  columns: [
    { title: "NAME", cell: (row) => row.name },
    { title: "RACK", cell: (row) => row.rack },
    { title: "ROLE", cell: (row) => row.role },
    { title: "ONLINE", cell: (row) => (row.status.online ? "yes" : "NO") },
    { title: "AGENT", cell: (row) => (row.hasToken ? row.status.agent : "not enrolled") },
    { title: "REV", align: "right", cell: (row) => String(row.revision ?? "-") },
    { title: "STATE", cell: renderStateOf },
    { title: "SEEN", cell: (row) => renderAge(row.status.ageMs) },
    { title: "PACEMAKER", wide: true, cell: (row) => row.pacemaker ?? "-" },
    { title: "VIPS", wide: true, cell: (row) => renderVipsOfHost(row.vips) },
    { title: "ADDRESSES", wide: true, cell: (row) => joined(Object.values(row.addresses).flat()) },
    { title: "AGENT VERSION", wide: true, cell: (row) => row.agentVersion ?? "-" },
  ],
};

function renderStateOf(host: HostView): string {
  const { converged } = host.status;
  const state = renderHostState({ converged, drained: host.drained, paused: host.paused });
  if (host.problems.length > 0) return `${state}, ${renderCount(host.problems.length, "problem")}`;
  return host.pendingSteps.length > 0 && converged === false && !host.paused
    ? `${renderCount(host.pendingSteps.length, "step")} to go`
    : state;
}

const routers: Listing<RouterView> = {
  list: (api) => api.routers(),
  nameOf: (row) => row.name,
  columns: [
    { title: "NAME", cell: (row) => row.name },
    { title: "RACK", cell: (row) => row.racks?.join(", ") ?? row.rack },
    { title: "ACTIVE", cell: (row) => row.status.active ?? (row.pacemaker === null ? "-" : "NONE") },
    { title: "PUBLIC", cell: (row) => addressesOf(row, "public") },
    { title: "MANAGEMENT", cell: (row) => addressesOf(row, "management") },
    { title: "SEEN", cell: (row) => renderAge(row.status.ageMs) },
    { title: "CONTROLLERS", wide: true, cell: (row) => joined(row.controllers) },
    { title: "NAT", wide: true, cell: (row) => `${row.nat.ipv4}, ${row.nat.ipv6}` },
    { title: "PACEMAKER", wide: true, cell: (row) => row.pacemaker ?? "-" },
    { title: "TAKEOVER", wide: true, cell: (row) => row.takeover ?? "-" },
  ],
};

function addressesOf(router: RouterView, pair: "public" | "management"): string {
  return joined(router.status.vips.filter((vip) => vip.name === pair).map((vip) => vip.address));
}

const vips: Listing<VipView> = {
  list: (api) => api.vips(),
  nameOf: (row) => row.name,
  columns: [
    { title: "NAME", cell: (row) => row.name },
    { title: "MODE", cell: (row) => row.mode },
    { title: "ADDRESSES", cell: (row) => joined(row.addresses.map((each) => each.address)) },
    { title: "ON", cell: renderVipHolders },
    { title: "ANNOUNCED", cell: renderVipAnnouncers },
    { title: "HEALTH", cell: renderVipHealth },
    { title: "PROBLEMS", cell: renderVipProblems },
    { title: "NAMESPACE", wide: true, cell: (row) => row.namespace },
    { title: "SEEN", wide: true, cell: (row) => renderAge(oldest(row.addresses.map((each) => each.ageMs))) },
    { title: "HOLDERS", wide: true, cell: (row) => joined(vipOwners(row)) },
    { title: "ANNOUNCERS", wide: true, cell: (row) => joined(vipAnnouncers(row)) },
    { title: "MAY BE ON", wide: true, cell: (row) => joined(row.eligible) },
    { title: "ROUTER", wide: true, cell: (row) => row.router ?? "-" },
    { title: "SCOPE", wide: true, cell: (row) => row.scope },
    { title: "CHOSEN BY", wide: true, cell: (row) => (row.addresses.every((each) => each.isUserDefined) ? "document" : "Rackway") },
  ],
};

const pools: Listing<PoolView> = {
  list: (api) => api.pools(),
  nameOf: (row) => row.name,
  columns: [
    { title: "NAME", cell: (row) => row.name },
    { title: "IPV4", cell: (row) => row.ipv4?.cidr ?? "-" },
    { title: "IPV6", cell: (row) => row.ipv6?.cidr ?? "-" },
    { title: "RESERVED", align: "right", cell: (row) => String((row.ipv4?.reserved ?? 0) + (row.ipv6?.reserved ?? 0)) },
    { title: "RANGES", wide: true, cell: (row) => joined([...(row.ipv4?.ranges ?? []), ...(row.ipv6?.ranges ?? [])]) },
  ],
};

function joined(items: readonly string[]): string {
  return items.length === 0 ? "-" : items.join(", ");
}

function oldest(ages: readonly (number | null)[]): number | null {
  const known = ages.filter((age) => age !== null);
  return known.length === 0 ? null : Math.max(...known);
}

import type { ApiClient } from "@rackway/api-client";
import type { ApiEvent } from "@rackway/schema";
import { Argument, type Command } from "commander";
import { describeText } from "../describe-text.ts";
import { nameFailure } from "../failure.ts";
import { findKind, listedKinds, singular } from "../kinds.ts";
import { type Format, outputOption, printValue } from "../output.ts";
import type { Session } from "../session.ts";
import { teach } from "../teach.ts";

const describedKinds = [...listedKinds.map(singular), ...listedKinds];

/** `describe KIND NAME`: everything about one thing, and what happened to it last. */
export function registerDescribe(program: Command, session: Session): void {
  const describe = program
    .command("describe")
    .summary("show everything about one thing")
    .description(
      "Shows everything about one host, router, VIP, network, rack or pool: the document's words, what is reserved, what was seen, pending steps, problems, and the last events.",
    )
    .addArgument(new Argument("<kind>", "what it is").choices(describedKinds))
    .argument("<name>", "its name; networks are RACK/NETWORK, VIPs of a router ROUTER/public")
    .addOption(outputOption())
    .action(async (kind: string, name: string, _, command: Command) => runDescribe(session, command, kind, name));
  teach(describe, [
    ["rackway describe host ctl-a1", "why a host has not converged"],
    ["rackway describe vip web", "how a VIP stands on each host, and what becomes of its traffic if one goes"],
    ["rackway describe network rack-a/public", "who has which address of a network"],
  ]);
}

async function runDescribe(session: Session, command: Command, typed: string, name: string): Promise<void> {
  const { output } = command.opts<{ output: Format }>();
  const kind = findKind(typed);
  if (kind === "events") return;
  const api = await session.connect(command);
  const found = await findThing(api, kind, name);
  const events = await eventsOf(api, `${singular(kind)}/${name}`, found);
  printValue(session.io, output, { ...found, events }, () => describeText(found, events, session.paint, session.io.stdout.columns));
}

const shownEvents = 8;

/** What happened to it last. What becomes of many VIPs of a namespace at once is told of the namespace. */
async function eventsOf(api: ApiClient, subject: string, thing: object): Promise<ApiEvent[]> {
  const isServiceVip = subject.startsWith("vip/") && "router" in thing && thing.router === null;
  const more = isServiceVip && "namespace" in thing && typeof thing.namespace === "string" ? [`namespace/${thing.namespace}`] : [];
  const lists = await Promise.all([subject, ...more].map((each) => api.events({ subject: each, limit: shownEvents })));
  return lists
    .flatMap(({ events }) => events)
    .sort((left, right) => left.id - right.id)
    .slice(-shownEvents);
}

async function findThing(api: ApiClient, kind: (typeof listedKinds)[number], name: string): Promise<object> {
  const lists = {
    vips: () => api.vips(),
    networks: () => api.networks(),
    hosts: () => api.hosts(),
    routers: () => api.routers(),
    racks: () => api.racks(),
    pools: () => api.pools(),
  };
  const items: { name: string; id?: string }[] = (await lists[kind]()).items;
  const named = items.map((item) => ({ item, name: item.id ?? item.name }));
  const found = named.find((each) => each.name === name);
  if (!found)
    throw nameFailure(
      singular(kind),
      name,
      named.map((each) => each.name),
    );
  return kind === "vips" ? api.vip(name) : found.item;
}

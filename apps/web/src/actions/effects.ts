import type { HostView, Status, VipView } from "@rackway/schema";

import { ownersOf } from "../words/router-words.ts";

/** What an action will do, in a sentence, from what was seen last. `stop`: the action would not do what is wanted. */
export interface Effect {
  readonly weight: "fine" | "care" | "stop";
  readonly text: string;
}

export interface Sight {
  readonly status: Pick<Status, "hosts" | "routers">;
  readonly hosts: readonly HostView[];
  readonly vips: readonly VipView[];
  /** Router to the hosts that may carry it. */
  readonly controllersOf: ReadonlyMap<string, readonly string[]>;
}

const list = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** What a drain of a host moves, withdraws and keeps. Pure. */
export function drainEffects(host: string, sight: Sight): Effect[] {
  const { status, vips, controllersOf } = sight;
  const routers = status.routers.filter((router) => ownersOf(router).includes(host) && controllersOf.has(router.name));
  const effects = [
    ...routers.map((router) => routerLeaves(router, host, sight)),
    ...vips.flatMap((vip) => vipLeaves(vip, host)),
    ...readyLeft(host, status),
  ];
  return effects.length > 0
    ? effects
    : [{ weight: "fine", text: `Nothing is on ${host} that was seen: nothing moves, and nothing will come.` }];
}

function isReady(name: string, status: Sight["status"]): boolean {
  return status.hosts.some((host) => host.name === name && host.online && !host.drained && host.agent === "ok");
}

function routerLeaves(router: Status["routers"][number], host: string, { status, controllersOf }: Sight): Effect {
  const ready = (controllersOf.get(router.name) ?? []).filter((name) => name !== host && isReady(name, status));
  if (ready.length === 0)
    return { weight: "stop", text: `${router.name} has nowhere to go: no other controller is online, heard of and not drained. It stays.` };
  const where = ready.length === 1 ? (ready[0] ?? "") : `one of ${list.format(ready)}`;
  return { ...inStep(router), text: `${router.name} moves to ${where}. ${inStep(router).text}` };
}

function inStep({ connectionSync }: Status["routers"][number]): Effect {
  if (connectionSync === null) return { weight: "care", text: "Whether connections are in step was not seen: some may break." };
  if (!connectionSync.inStep) return { weight: "care", text: "Connections are not in step: those that only this host knows break." };
  return { weight: "fine", text: "Connections are in step: none breaks, and no packet is lost." };
}

/** An anycast VIP goes on elsewhere, or is kept; a roaming one moves. */
function vipLeaves({ name, mode, addresses }: VipView, host: string): Effect[] {
  if (mode === "roaming" && addresses.some(({ owners }) => owners.includes(host)))
    return [{ weight: "fine", text: `${name} moves with its group to another host that may hold it.` }];
  if (mode !== "anycast" || !addresses.some(({ announcedBy }) => announcedBy.includes(host))) return [];
  const others = [...new Set(addresses.flatMap(({ announcedBy }) => announcedBy))].filter((other) => other !== host).toSorted();
  if (others.length === 0)
    return [{ weight: "stop", text: `Nobody else announces ${name}: it is kept here, unless you let it go all the same.` }];
  return [
    { weight: "fine", text: `${name} is withdrawn here; ${list.format(others)} ${others.length === 1 ? "goes" : "go"} on announcing it.` },
  ];
}

/** What redundancy is left in the rack. */
function readyLeft(host: string, status: Sight["status"]): Effect[] {
  const rack = status.hosts.find(({ name }) => name === host)?.rack;
  const left = status.hosts.filter(
    (each) => each.rack === rack && each.role === "controller" && each.name !== host && isReady(each.name, status),
  );
  return left.length === 1
    ? [{ weight: "care", text: `Then ${left[0]?.name ?? ""} is the only controller of ${rack ?? "its rack"} that is ready.` }]
    : [];
}

/** What a planned move of a router to a host does. Pure. */
export function moveEffects(router: Status["routers"][number], to: string, status: Sight["status"]): Effect[] {
  const target = status.hosts.find(({ name }) => name === to);
  if (router.active === to) return [{ weight: "stop", text: `${router.name} is on ${to} already.` }];
  if (router.active === null)
    return [{ weight: "stop", text: `No host was seen with ${router.name}: there is nothing to move without loss.` }];
  if (target === undefined || !target.online) return [{ weight: "stop", text: `${to} is not online.` }];
  return [
    { ...inStep(router), text: `${router.name} moves from ${router.active} to ${to}. ${inStep(router).text}` },
    ...(target.drained ? [{ weight: "stop" as const, text: `${to} is drained.` }] : []),
    ...(target.agent === "ok"
      ? []
      : [{ weight: "care" as const, text: `The agent of ${to} is ${target.agent}: what is known of it is old.` }]),
  ];
}

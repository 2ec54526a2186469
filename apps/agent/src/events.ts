import type { UplinkLack } from "@rackway/pacemaker";
import type { HostEvent, Step } from "@rackway/schema";

import type { ClusterView } from "./observer.ts";
import { uplinkBackWords, uplinkWords } from "./uplink-words.ts";

/** An event before it gets its time; one whose moment is known by something else than the look that found it has it already. */
export type Happening = Omit<HostEvent, "at"> & { readonly at?: string };

/**
 * What is worth telling between two views of one host: VIPs that came and went, quorum, and, from the DC's host alone (or every host would
 * tell it), hosts that joined or were lost and resources that failed. Pure.
 */
export function viewEvents(host: string, before: ClusterView, after: ClusterView): Happening[] {
  return [
    ...uplinkEvents(host, before, after),
    ...routerEvents(host, before, after),
    ...pacemakerEvents(host, before, after),
    ...fencingEvents(host, before, after),
  ];
}

/** Told by the host that did it, with the moment when it was done. */
function fencingEvents(host: string, before: ClusterView, after: ClusterView): Happening[] {
  // Nothing was looked at before, or Pacemaker was not there: what its history and our log have is from before, and was told when it happened.
  if (before.pacemaker === null) return [];
  const known = new Set(before.fencing.done.map(({ target, at }) => `${target} ${at}`));
  return after.fencing.done
    .filter(({ target, at }) => !known.has(`${target} ${at}`))
    .map(({ target, action, device, at }) => ({
      at,
      ...event("host-fenced", `host/${target}`, `${host} fenced ${target} (${action}, by ${device})`, { by: host, action, device }),
    }));
}

/** Why a router leaves a host, or does not come to it: told by the host itself, before where it went. */
function uplinkEvents(host: string, before: ClusterView, after: ClusterView): Happening[] {
  const keys = (view: ClusterView): Map<string, UplinkLack> => new Map(view.uplinks.map((lack) => [uplinkWords(lack), lack]));
  const [was, is] = [keys(before), keys(after)];
  const tell = (kind: string, words: string, lack: UplinkLack): Happening =>
    event(kind, `router/${lack.router}`, `${host}: ${words}`, { host, link: lack.link });
  const came = [...is].filter(([words]) => !was.has(words));
  const went = [...was].filter(([words]) => !is.has(words));
  return [
    ...came.map(([words, lack]) => {
      const happening = tell("uplink-lost", words, lack);
      return lack.kind === "silent" && lack.since !== null ? { ...happening, at: lack.since } : happening;
    }),
    // A gateway that is silent behind a link that has lost its carrier is not back.
    ...went
      .filter(([, lack]) => lack.kind === "no-carrier" || ![...is.values()].some((cut) => isCut(cut, lack)))
      .map(([, lack]) => tell("uplink-back", uplinkBackWords(lack), lack)),
  ];
}

function isCut(cut: UplinkLack, lack: UplinkLack): boolean {
  return cut.kind === "no-carrier" && cut.router === lack.router && cut.link === lack.link;
}

function routerEvents(host: string, before: ClusterView, after: ClusterView): Happening[] {
  return after.routers.flatMap((router) => {
    const last = before.routers.find(({ name }) => name === router.name);
    if (last === undefined) return [];
    const had = new Set(last.holds.map(({ address }) => address));
    const has = new Set(router.holds.map(({ address }) => address));
    const came = [...has].filter((address) => !had.has(address));
    const went = [...had].filter((address) => !has.has(address));
    const events: Happening[] = [];
    if (came.length > 0) {
      // Nobody had the router in between: the host has mended itself.
      const [kind, words] =
        before.carriers[router.name] === host
          ? ["vips-restored", `${host} has ${came.join(", ")} again`]
          : ["vips-taken", `${host} took over ${came.join(", ")}`];
      events.push(event(kind, `router/${router.name}`, words, { host, addresses: came }));
    }
    if (went.length > 0)
      events.push(event("vips-released", `router/${router.name}`, `${host} gave up ${went.join(", ")}`, { host, addresses: went }));
    return events;
  });
}

function pacemakerEvents(host: string, before: ClusterView, after: ClusterView): Happening[] {
  const [was, is] = [before.pacemaker, after.pacemaker];
  if (was === null || is === null) return [];
  const subject = `pacemaker/${is.cluster}`;
  const events: Happening[] = [];
  // Quorum is this host's to have: a majority elsewhere may never have lost it.
  if (was.quorate && !is.quorate) {
    const sees = is.online.length === 0 ? "nobody" : is.online.join(", ");
    events.push(event("quorum-lost", `host/${host}`, `lost quorum; sees ${sees}`, { cluster: is.cluster, sees: [...is.online] }));
  }
  if (!was.quorate && is.quorate)
    events.push(
      event("quorum-gained", `host/${host}`, `has quorum again; sees ${is.online.join(", ")}`, {
        cluster: is.cluster,
        sees: [...is.online],
      }),
    );
  // A minority elects a DC, too, and sees everybody else as lost: that is no word on the cluster, and is told above as this host's own.
  if (is.dc !== host || !is.quorate) return events;
  if (was.dc !== host || !was.quorate)
    events.push(
      event("dc-elected", subject, `${host} is the DC now; it was ${was.quorate ? (was.dc ?? "nobody") : "not known here"}`, {
        host,
        before: was.dc,
      }),
    );
  // A host that comes back to quorum has only its minority's view to compare with.
  if (was.quorate) {
    for (const name of is.online)
      if (!was.online.includes(name)) events.push(event("host-online", `host/${name}`, `${host} sees ${name} online`, { seenBy: host }));
    for (const name of was.online)
      if (!is.online.includes(name)) events.push(event("host-lost", `host/${name}`, `${host} no longer sees ${name}`, { seenBy: host }));
  }
  const known = new Set(before.trouble.failures.map(({ key }) => key));
  for (const { key, resource, host: where, task, reason } of after.trouble.failures) {
    if (known.has(key)) continue;
    const words = `${resource} failed on ${where} (${task})${reason === "" ? "" : `: ${reason}`}`;
    events.push(event("resource-failed", `resource/${resource}`, words, { hosts: [where], task, exitReason: reason }));
  }
  return events;
}

/** Steps that were applied: why is the new revision, or that somebody changed what was right before. */
export function stepEvents(host: string, steps: readonly Step[], reason: string): Happening[] {
  return steps.map((step) =>
    event(`${step.kind}-${pastOf(step)}`, `host/${host}`, `${step.target}: ${reason}`, {
      target: step.target,
      from: step.from,
      to: step.to,
    }),
  );
}

function pastOf(step: Step): string {
  if (step.kind === "service") return step.action === "delete" ? "stopped" : "started";
  return { create: "created", change: "changed", delete: "deleted" }[step.action];
}

/** One patch of Pacemaker's configuration is one event, however many parts it has. */
export function cibEvent(host: string, cluster: string, steps: readonly Step[], reason: string): Happening {
  const targets = (action: Step["action"]): string[] => steps.filter((step) => step.action === action).map(({ target }) => target);
  const data = { host, created: targets("create"), changed: targets("change"), deleted: targets("delete") };
  const words = Object.entries(data).flatMap(([word, list]) => (Array.isArray(list) && list.length > 0 ? [`${list.length} ${word}`] : []));
  return event("cib-written", `pacemaker/${cluster}`, `${words.join(", ")}: ${reason}`, data);
}

export function event(kind: string, subject: string, reason: string, data: Readonly<Record<string, unknown>> = {}): Happening {
  return { kind, subject, reason, data: { ...data } };
}

import { rackwayError } from "@rackway/errors";
import { hostNameSchema } from "@rackway/schema";
import type { DrainRequest, HostFlags, HostToken } from "@rackway/schema";
import type { DrainWord } from "@rackway/store";

import type { ControlPlane } from "./control-plane.ts";
import { hashToken, makeToken } from "./tokens.ts";

const flagEvents = { drained: ["host-drained", "host-undrained"], paused: ["host-paused", "host-unpaused"] } as const;

const wordOf = { drained: "drain", paused: "pause" } as const;

/** As long as connections may take to end by themselves, unless the operator says otherwise. */
const defaultDeadlineSeconds = 300;

export interface HostFlagChange {
  readonly host: string;
  readonly flag: "drained" | "paused";
  readonly value: boolean;
  readonly reason: string | undefined;
  readonly source: string;
  /** How the drain ends. */
  readonly terms?: Pick<DrainRequest, "deadlineSeconds" | "force">;
}

/** Drains, pauses, or ends that; the agents see it at once. Throws `not-found`. Twice is as good as once, but for the terms of a drain. */
export async function setHostFlag(plane: ControlPlane, change: HostFlagChange): Promise<HostFlags> {
  const { host, flag, value } = change;
  return plane.change<HostFlags>("hosts", async ({ repositories, event, now }) => {
    const named = plane.view.current?.document.spec.hosts.find(({ name }) => name === host);
    if (named === undefined) throw rackwayError("not-found", { kind: "host", name: host });
    if (flag === "drained" && value && named.role !== "controller")
      throw rackwayError("drain-refused", { host, reason: "it is no controller" });
    const known = (await repositories.hosts.flags()).find((each) => each.host === host);
    const { drain, pause, ...before } = known ?? { host, drained: false, paused: false };
    const isStanding = before[flag] === value;
    const { deadlineSeconds, force } = change.terms ?? {};
    if (isStanding && !(value && (deadlineSeconds !== undefined || force !== undefined))) return { isChanged: false, result: before };
    const result = { ...before, [flag]: value };
    const words = { ...(drain === undefined ? {} : { drain }), ...(pause === undefined ? {} : { pause }) };
    const standing = isStanding ? words[wordOf[flag]] : undefined;
    const word = standing ?? { since: now.toISOString(), reason: change.reason ?? "", by: change.source };
    const terms = flag === "drained" && value ? drainTerms(change.terms ?? {}, standing, now) : {};
    delete words[wordOf[flag]];
    await repositories.hosts.setFlags({ ...result, ...words, ...(value ? { [wordOf[flag]]: { ...word, ...terms } } : {}) });
    const kind = flagEvents[flag][value ? 0 : 1];
    await event({ source: change.source, kind, subject: `host/${host}`, reason: change.reason ?? "asked for", data: terms });
    return { isChanged: true, result };
  });
}

/** What is given, else what stands, else the default. */
function drainTerms({ deadlineSeconds, force }: NonNullable<HostFlagChange["terms"]>, standing: DrainWord | undefined, now: Date) {
  const fromNow = (seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
  const deadline = deadlineSeconds === undefined ? standing?.deadline : fromNow(deadlineSeconds);
  return { deadline: deadline ?? fromNow(defaultDeadlineSeconds), force: force ?? standing?.force ?? false };
}

/** A new token for a host's agent; the old one ends at once. The host need not be in a document yet: it is enrolled first. */
export async function createHostToken(plane: ControlPlane, host: string, source: string): Promise<HostToken> {
  if (!hostNameSchema.safeParse(host).success) throw rackwayError("request-invalid", { reason: `"${host}" is not a host's name` });
  const token = makeToken("host", plane.sources);
  await changeTokens(plane, host, "host-token-created", source, async (hosts, now) => {
    await hosts.setToken(host, hashToken(token), now.toISOString());
  });
  return { host, token };
}

/** Ends a host's token. Throws `not-found`. */
export async function deleteHostToken(plane: ControlPlane, host: string, source: string): Promise<void> {
  await changeTokens(plane, host, "host-token-deleted", source, async (hosts) => {
    if (!(await hosts.deleteToken(host))) throw rackwayError("not-found", { kind: "token of host", name: host });
  });
  // An open poll was let in with the old token.
  plane.hub.forget(host);
}

type HostRepository = ControlPlane["store"]["hosts"];

async function changeTokens(
  plane: ControlPlane,
  host: string,
  kind: string,
  source: string,
  work: (hosts: HostRepository, now: Date) => Promise<void>,
): Promise<void> {
  await plane.change("database", async ({ repositories, event, now }) => {
    await work(repositories.hosts, now);
    await repositories.notices.send({ topic: "tokens", items: [host] });
    await event({ source, kind, subject: `host/${host}`, reason: "asked for", data: {} });
    return { isChanged: true, result: null };
  });
  await plane.loadTokens();
}

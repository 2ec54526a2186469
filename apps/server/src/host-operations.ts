import { rackwayError } from "@rackway/errors";
import { hostNameSchema } from "@rackway/schema";
import type { HostFlags, HostToken } from "@rackway/schema";

import type { ControlPlane } from "./control-plane.ts";
import { hashToken, makeToken } from "./tokens.ts";

const flagEvents = { drained: ["host-drained", "host-undrained"], paused: ["host-paused", "host-unpaused"] } as const;

const wordOf = { drained: "drain", paused: "pause" } as const;

/** Drains, pauses, or ends that; the agents see it at once. Throws `not-found`. Twice is as good as once. */
export async function setHostFlag(
  plane: ControlPlane,
  options: { host: string; flag: "drained" | "paused"; value: boolean; reason: string | undefined; source: string },
): Promise<HostFlags> {
  const { host, flag, value } = options;
  return plane.change<HostFlags>("hosts", async ({ repositories, event, now }) => {
    const named = plane.view.current?.document.spec.hosts.find(({ name }) => name === host);
    if (named === undefined) throw rackwayError("not-found", { kind: "host", name: host });
    if (flag === "drained" && value && named.role !== "controller")
      throw rackwayError("drain-refused", { host, reason: "it is no controller" });
    const known = (await repositories.hosts.flags()).find((each) => each.host === host);
    const { drain, pause, ...before } = known ?? { host, drained: false, paused: false };
    if (before[flag] === value) return { isChanged: false, result: before };
    const result = { ...before, [flag]: value };
    const words = { ...(drain === undefined ? {} : { drain }), ...(pause === undefined ? {} : { pause }) };
    const word = { since: now.toISOString(), reason: options.reason ?? "", by: options.source };
    delete words[wordOf[flag]];
    await repositories.hosts.setFlags({ ...result, ...words, ...(value ? { [wordOf[flag]]: word } : {}) });
    const kind = flagEvents[flag][value ? 0 : 1];
    await event({ source: options.source, kind, subject: `host/${host}`, reason: options.reason ?? "asked for", data: {} });
    return { isChanged: true, result };
  });
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
    await event({ source, kind, subject: `host/${host}`, reason: "asked for", data: {} });
    return { isChanged: true, result: null };
  });
  plane.authority.setHostTokens(await plane.store.hosts.tokens());
}

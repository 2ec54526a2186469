import type { PacemakerState } from "@rackway/schema";

import type { AttributeTest, Constraint, Operation, Primitive, Resource } from "./resource.ts";

/** What the resources of routers and of service namespaces are made of alike. */
export const startStop: Operation[] = [
  { name: "start", intervalMs: 0, timeoutMs: 20_000 },
  { name: "stop", intervalMs: 0, timeoutMs: 20_000 },
];

/** A planned move, during which both hosts have it, or nobody for a moment. */
export const migrate: Operation[] = ["migrate_to", "migrate_from"].map((name) => ({ name, intervalMs: 0, timeoutMs: 20_000 }));

export const monitor = (intervalMs: number): Operation => ({ name: "monitor", intervalMs, timeoutMs: 10_000 });

/**
 * Stopping waits until the neighbours have heard of it: longer than what a stop takes elsewhere. And a recovery withdraws: that a look takes
 * long on a busy host is no reason for one.
 */
export const patient = (monitorMs: number): Operation[] => [
  { name: "start", intervalMs: 0, timeoutMs: 60_000 },
  { name: "stop", intervalMs: 0, timeoutMs: 60_000 },
  { name: "monitor", intervalMs: monitorMs, timeoutMs: 60_000 },
];

/** nft takes a semicolon where it takes a line break. Pacemaker 2.1.5 does not keep line breaks in parameters. */
export function asOneLine(ruleset: string): string {
  return ruleset
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("; ");
}

/** Where each line counts: without comments and indentation, separated by semicolons. */
export function asLines(config: string): string {
  return config
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join(";");
}

export function asClone(primitive: Primitive): Resource {
  return { kind: "clone", id: `${primitive.id}-clone`, meta: { interleave: "true", "globally-unique": "false" }, primitive };
}

/** After this long without another failure Pacemaker forgets those that were, and a host that was barred is not any more. */
export const failureTimeoutMs = 60_000;
export const failureTimeout = `${failureTimeoutMs / 1000}s`;

/** Nothing of a clone waits for quorum or fencing: it may be everywhere at once, and a minority keeps it. */
export const cloneMeta = { requires: "nothing", "migration-threshold": "1000000", "failure-timeout": failureTimeout };

/** Permanent node attribute of a drained host. */
export const drainedAttribute = "rw-drained";

/**
 * How the scores weigh against each other, high to low: a drained host; an operator's move; a service that answers, of a roaming VIP (from
 * the checker, in parts where several VIPs move together); a gateway that answers (1000 each, from the watch); connections in step; staying where it is. So a router leaves a host for a better uplink but not for a host that is merely
 * as good, and never comes back by itself after a failure.
 */
export const scores = { drained: -100_000, prefer: 20_000, wellPlace: 10_000, inStep: 500, stickiness: 200 } as const;

/** Of what one host may have at a time. */
export function ownedMeta(takeover: PacemakerState["takeover"]): Primitive["meta"] {
  return {
    requires: takeover === "fenced" ? "fencing" : "quorum",
    "resource-stickiness": String(scores.stickiness),
    "migration-threshold": "3",
    "failure-timeout": failureTimeout,
  };
}

/** A resource's score on hosts whose node attribute passes the test. */
export function rule(
  resource: string,
  name: string,
  score: Extract<Constraint, { readonly kind: "location" }>["score"],
  test: AttributeTest,
): Constraint {
  return { kind: "location", id: `${resource}-${name}`, resource, score, tests: [test], join: "and" };
}

/** Never on these hosts. */
export function banFrom(resource: string, hosts: readonly string[]): Constraint {
  return {
    kind: "location",
    id: `${resource}-rack`,
    resource,
    score: { fixed: "-INFINITY" },
    tests: hosts.map((host) => ({ attribute: "#uname", operation: "eq", value: host })),
    join: "or",
  };
}

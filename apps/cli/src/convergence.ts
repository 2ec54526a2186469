import type { HostView, RouterView, VipView } from "@rackway/schema";
import { renderCount, renderList } from "./words.ts";

/** Where one host, router or namespace of VIPs stands on its way to a revision. `skipped`: nobody can wait for it, and `text` says why. */
export interface Standing {
  name: string;
  state: "done" | "waiting" | "skipped";
  text: string;
  /** The host says itself that something stands in its way: waiting longer may not help. */
  hasProblem?: true;
  /** It waits for somebody to do something: told at once, as a line that stays. */
  needsOperator?: true;
}

/**
 * How far the hosts, the routers and the service VIPs are with a revision. Pure. A host is there when its agent works from that revision (or a later one),
 * is in contact, and has no step left; a router when one host carries all of its VIPs; an anycast VIP when every host that may hold it does, a roaming or failover one when one
 * host does. Whether it is announced is for the health of the service behind it to say, and nothing to wait for.
 */
export function judgeConvergence(
  revision: number,
  hosts: readonly HostView[],
  routers: readonly RouterView[],
  vips: readonly VipView[],
): Standing[] {
  const standings = hosts.map((host) => judgeHost(revision, host));
  const awaited = new Set(hosts.filter((_, index) => standings[index]?.state !== "skipped").map((host) => host.name));
  // A drained host keeps what it has, and is asked for nothing.
  const holding = new Set(hosts.filter(({ name, drained }) => awaited.has(name) && !drained).map(({ name }) => name));
  return [
    ...standings,
    ...routers.filter((router) => router.pacemaker !== null).map((router) => judgeRouter(router, awaited)),
    ...[...Map.groupBy(vips.filter(isOfService), ({ namespace }) => namespace)].map(([namespace, members]) =>
      judgeNamespace(namespace, members, holding),
    ),
  ];
}

function judgeHost(revision: number, host: HostView): Standing {
  const stand = (state: Standing["state"], text: string): Standing => ({ name: host.name, state, text });
  if (!host.hasToken) return stand("skipped", "not enrolled: its agent was never given a token");
  if (host.paused) return stand("skipped", "paused: nothing is changed there");
  if (host.status.agent === "absent")
    return stand("waiting", host.status.ageMs === null ? "its agent has not come yet" : "its agent is absent");
  if (host.revision === null || host.revision < revision)
    return stand("waiting", host.revision === null ? "has no revision yet" : `still has revision ${host.revision}`);
  const problem = host.problems[0];
  if (host.status.converged === true && host.status.agent === "ok") return stand("done", "converged");
  if (problem) return { ...stand("waiting", problem.message), hasProblem: true };
  const step = host.pendingSteps[0];
  if (step) return stand("waiting", `${renderCount(host.pendingSteps.length, "step")} to go: ${step.action} ${step.kind} ${step.target}`);
  return stand("waiting", host.status.agent === "stale" ? "its agent is stale" : "converging");
}

function judgeRouter(router: RouterView, awaited: ReadonlySet<string>): Standing {
  const stand = (state: Standing["state"], text: string): Standing => ({ name: router.name, state, text });
  if (!router.controllers.some((host) => awaited.has(host))) return stand("skipped", "no controller of it is waited for");
  const { active, vips } = router.status;
  if (active === null) return stand("waiting", "no host carries it yet");
  const astray = vips.find((vip) => vip.owners.length !== 1 || vip.owners[0] !== active);
  if (astray) return stand("waiting", `${astray.address} is on ${astray.owners.length === 0 ? "no host" : astray.owners.join(" and ")}`);
  return stand("done", `active on ${active}`);
}

function isOfService({ router }: VipView): boolean {
  return router === null;
}

/** The VIPs of a namespace together: a thousand of them are no thousand lines. */
function judgeNamespace(namespace: string, vips: readonly VipView[], holding: ReadonlySet<string>): Standing {
  const stand = (state: Standing["state"], text: string): Standing => ({ name: `VIPs in ${namespace}`, state, text });
  if (!vips.some(({ eligible }) => eligible.some((host) => holding.has(host))))
    return stand("skipped", "no host that may hold them is waited for");
  const lacking = vips.flatMap((vip) => judgeVip(vip, holding));
  const [first] = lacking;
  if (first === undefined)
    return stand("done", `${renderCount(vips.length, "VIP")} held where ${vips.length === 1 ? "it" : "they"} should be`);
  return stand("waiting", lacking.length === 1 ? first : `${first}, and ${lacking.length - 1} more like it`);
}

/** What is not as it should be, for each address. */
function judgeVip({ mode, eligible, addresses }: VipView, holding: ReadonlySet<string>): string[] {
  const wanted = eligible.filter((host) => holding.has(host));
  return addresses.flatMap(({ address, owners }) => {
    if (mode !== "anycast") {
      const where = owners.length === 0 ? "on no host" : `on ${renderList(owners)}`;
      return owners.length === 1 || wanted.length === 0 ? [] : [`${address} is ${where}`];
    }
    const missing = wanted.filter((host) => !owners.includes(host));
    return missing.length === 0 ? [] : [`${address} is missing on ${renderList(missing)}`];
  });
}

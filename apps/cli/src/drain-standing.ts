import type { HostView, RouterView, VipView } from "@rackway/schema";

import type { Standing } from "./convergence.ts";
import { renderCount, renderDuration } from "./words.ts";

/** What is looked at while a host is drained or comes back. */
export interface DrainSight {
  readonly hosts: readonly HostView[];
  readonly routers: readonly RouterView[];
  readonly vips: readonly VipView[];
  /** The wall clock. */
  readonly nowMs: number;
}

/** What a drained host still carries, by observation. Pure. */
export function judgeDrain(name: string, { hosts, routers, vips, nowMs }: DrainSight): Standing[] {
  const self = hosts.find((host) => host.name === name);
  if (self === undefined) return [{ name, state: "skipped", text: "no longer in the document" }];
  // Routers that this host cannot carry are not its business; one that is on its own addresses has nowhere to go.
  const ofHost = routers.filter((router) => router.pacemaker !== null && router.controllers.includes(name));
  return [
    judgeFlags(self, { drained: true }),
    ...ofHost.map((router) => judgeDrainedRouter(name, router, hosts)),
    ...vips.flatMap((vip) => judgeOwnedVip(name, vip)),
    ...judgeAnycast(self, vips, nowMs),
  ];
}

function judgeDrainedRouter(name: string, router: RouterView, hosts: readonly HostView[]): Standing {
  const { active, vips } = router.status;
  const isHere = active === name || vips.some((vip) => vip.owners.includes(name));
  if (!isHere && active !== null) return { name: router.name, state: "done", text: `active on ${active}` };
  const ready = hosts.filter((host) => host.name !== name && router.controllers.includes(host.name) && host.status.online && !host.drained);
  const reason = ready.length === 0 ? "; no other controller is online and not drained" : "";
  return { name: router.name, state: "waiting", text: `${isHere ? `still on ${name}` : "on no host"}${reason}` };
}

function judgeOwnedVip(name: string, vip: VipView): Standing[] {
  const isHere = vip.mode !== "anycast" && vip.router === null && vip.addresses.some(({ owners }) => owners.includes(name));
  return isHere ? [{ name: vip.name, state: "waiting", text: `still on ${name}` }] : [];
}

/** Nothing announced, then no connection left, then nothing held. */
function judgeAnycast({ name, drain, status }: HostView, all: readonly VipView[], nowMs: number): Standing[] {
  if (drain === null || !all.some(({ mode, eligible }) => mode === "anycast" && eligible.includes(name))) return [];
  // Where others announce it, the host's checker will see them soon.
  const isAlone = (vip: string): boolean => {
    const addresses = all.filter((each) => each.name === vip).flatMap((each) => each.addresses);
    return !addresses.some(({ announcedBy }) => announcedBy.some((other) => other !== name));
  };
  if (drain.held === null)
    return status.agent === "absent"
      ? [{ name: "anycast VIPs", state: "skipped", text: "its agent is absent, and says nothing of them" }]
      : [{ name: "anycast VIPs", state: "waiting", text: "its agent has not looked at them yet" }];
  const open = drain.left.filter(({ held, announced }) => held || announced);
  const busy = [...Map.groupBy(open, ({ vip }) => vip)].map(([vip, addresses]): Standing => ({
    name: vip,
    state: "waiting",
    ...judgeLeft(name, drain, isAlone(vip), addresses, nowMs),
  }));
  if (busy.length > 0) return busy;
  const isGone = drain.held === 0;
  return [{ name: "anycast VIPs", state: isGone ? "done" : "waiting", text: isGone ? "let go" : "nothing is left, and they are let go" }];
}

type Drain = NonNullable<HostView["drain"]>;

function judgeLeft(
  host: string,
  { deadline, force }: Drain,
  isAlone: boolean,
  addresses: Drain["left"],
  nowMs: number,
): Pick<Standing, "text" | "needsOperator"> {
  const leftMs = deadline === null ? null : Date.parse(deadline) - nowMs;
  const when = leftMs === null ? "" : leftMs > 0 ? `; let go in ${renderDuration(leftMs)} at the latest` : "; the deadline is over";
  if (isAlone && addresses.some(({ isLast }) => isLast)) {
    if (force) return { text: `nobody else announces it${when}` };
    const remedy = `let another host announce it, or let it go all the same: rackway drain ${host} --force`;
    return { text: `nobody else announces it, so ${host} keeps it; ${remedy}`, needsOperator: true };
  }
  if (addresses.some(({ announced }) => announced)) return { text: `still announced by ${host}` };
  const flows = addresses.reduce((sum, each) => sum + (each.flows ?? 0), 0);
  const isCounted = addresses.every((each) => each.flows !== null);
  return { text: `${isCounted || flows > 0 ? `${renderCount(flows, "connection")} left` : "its connections are not counted yet"}${when}` };
}

/** `web 3, api 1`: connections that were there when their VIPs were let go, by VIP. Empty: none. Pure. */
export function renderCut(left: Drain["left"]): string {
  return [...Map.groupBy(left, ({ vip }) => vip)]
    .map(([vip, addresses]) => [vip, addresses.reduce((sum, { held, flows }) => sum + (held ? 0 : (flows ?? 0)), 0)] as const)
    .filter(([, flows]) => flows > 0)
    .map(([vip, flows]) => `${vip} ${flows}`)
    .join(", ");
}

/** Whether a host that is resumed holds its anycast VIPs again, and announces those that are well. Pure. */
export function judgeResumed(self: HostView, vips: readonly VipView[]): Standing[] {
  const { name } = self;
  const flags = judgeFlags(self, { drained: false, paused: false });
  if (flags.state === "skipped") return [flags];
  const addresses = vips.filter(({ mode, eligible }) => mode === "anycast" && eligible.includes(name)).flatMap((vip) => vip.addresses);
  if (addresses.length === 0) return [flags];
  const stand = (state: Standing["state"], text: string): Standing[] => [flags, { name: "anycast VIPs", state, text }];
  const missing = addresses.filter(({ owners }) => !owners.includes(name));
  const more = missing.length > 1 ? `, and ${missing.length - 1} more` : "";
  if (missing[0] !== undefined) return stand("waiting", `${missing[0].address} is not back yet${more}`);
  const { silent, ...counts } = self.vips ?? { announced: 0, down: 0, silent: 0 };
  if (silent > 0) return stand("waiting", `${renderCount(silent, "address", "addresses")} not announced yet`);
  return stand("done", `${counts.announced} announced${counts.down > 0 ? `, ${counts.down} down` : ""}`);
}

/** Whether a host's agent has taken up what was asked for. Pure. */
export function judgeFlags(host: HostView, wanted: { drained?: boolean; paused?: boolean }): Standing {
  if (!host.hasToken) return { name: host.name, state: "skipped", text: "not enrolled: its agent was never given a token" };
  if (host.status.agent === "absent")
    return { name: host.name, state: "skipped", text: "its agent is absent; it takes it up when it comes back" };
  const differs = (Object.keys(wanted) as ("drained" | "paused")[]).find((flag) => host.status[flag] !== wanted[flag]);
  if (differs !== undefined) return { name: host.name, state: "waiting", text: `its agent has not taken it up yet (${differs})` };
  return { name: host.name, state: "done", text: "its agent has taken it up" };
}

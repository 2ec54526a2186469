import type { HostView, Plan, RouterView, Status, VipView } from "@rackway/schema";

/** A cluster in good health, as the server tells of it: rack-a of the default lab. */
export function healthyStatus(): Status {
  const host = (name: string, over: Partial<Status["hosts"][number]> = {}): Status["hosts"][number] => ({
    name,
    rack: "rack-a",
    role: "controller",
    online: true,
    agent: "ok",
    drained: false,
    paused: false,
    converged: true,
    dc: false,
    ageMs: 800,
    ...over,
  });
  return {
    cluster: "default-lab",
    quorate: true,
    revision: 3,
    observedAt: "2026-11-22T13:00:00.000Z",
    pacemaker: [
      { name: "rack-a", quorate: true, dc: "ctl-a2", fencing: "on", takeover: "quorum", hosts: ["ctl-a1", "ctl-a2", "ctl-a3"], ageMs: 400 },
    ],
    hosts: [host("ctl-a1"), host("ctl-a2", { dc: true }), host("ctl-a3"), host("node-a1", { role: "member" })],
    routers: [
      {
        name: "vr-a",
        rack: "rack-a",
        active: "ctl-a1",
        activeSince: "2026-11-22T11:54:30.000Z",
        vips: [
          { name: "public", family: 4, address: "203.0.113.100", owners: ["ctl-a1"] },
          { name: "public", family: 6, address: "2001:db8:a::100", owners: ["ctl-a1"] },
          { name: "management", family: 4, address: "10.10.1.100", owners: ["ctl-a1"] },
          { name: "management", family: 6, address: "fd00:10:1::100", owners: ["ctl-a1"] },
        ],
        connectionSync: { inStep: true, entries: 10_234, lagMs: 12 },
        dns: null,
        ntp: null,
        ageMs: 400,
      },
    ],
    vips: [],
    problems: [],
  };
}

export function hostView(name: string, over: Omit<Partial<HostView>, "status"> & { status?: Partial<HostView["status"]> } = {}): HostView {
  const { status, ...rest } = over;
  return {
    name,
    rack: "rack-a",
    role: "controller",
    addresses: { management: ["10.10.1.11", "fd00:10:1::11"] },
    pacemaker: "rack-a",
    drained: false,
    paused: false,
    hasToken: true,
    revision: 3,
    agentVersion: "0.1.0",
    vips: null,
    drain: null,
    clients: null,
    pendingSteps: [],
    problems: [],
    ...rest,
    status: {
      name,
      rack: "rack-a",
      role: "controller",
      online: true,
      agent: "ok",
      drained: false,
      paused: false,
      converged: true,
      dc: false,
      ageMs: 500,
      ...status,
    },
  };
}

export function routerView(active: string | null, over: Partial<RouterView> = {}): RouterView {
  return {
    name: "vr-a",
    rack: "rack-a",
    pacemaker: "rack-a",
    takeover: "quorum",
    controllers: ["ctl-a1", "ctl-a2", "ctl-a3"],
    managementNetwork: "management",
    publicNetwork: "public",
    nat: { ipv4: "snat", ipv6: "nat66" },
    dns: null,
    ntp: null,
    reservations: [],
    status: {
      name: "vr-a",
      rack: "rack-a",
      active,
      vips: [{ name: "public", family: 4, address: "203.0.113.100", owners: active === null ? [] : [active] }],
      connectionSync: null,
      dns: null,
      ntp: null,
      ageMs: 300,
    },
    ...over,
  };
}

/** An anycast VIP of the default lab, with an address for each argument. */
export function vipView(...addresses: Partial<VipView["addresses"][number]>[]): VipView {
  return {
    name: "web",
    mode: "anycast",
    router: null,
    namespace: "web",
    scope: "pool/services",
    addresses: addresses.map((address, index) => ({
      family: index === 0 ? 4 : 6,
      address: index === 0 ? "10.77.0.1" : "fd00:77::1",
      isUserDefined: false,
      owners: [],
      announcedBy: [],
      health: "unknown",
      reason: "",
      ageMs: 400,
      ...address,
    })),
    eligible: ["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1", "ctl-b2", "ctl-b3"],
    problems: [],
  };
}

export function emptyPlan(over: Partial<Plan> = {}): Plan {
  return {
    baseRevision: 3,
    changes: [],
    hosts: [],
    reservations: { added: [], released: [], kept: 8 },
    warnings: [],
    interrupts: [],
    drift: [],
    unobserved: [],
    nothingToDo: true,
    ...over,
  };
}

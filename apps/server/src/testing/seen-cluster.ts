import type { HostReport, Status } from "@rackway/schema";

import { exampleText, filesOf, makePacemaker, makeReport, makeRouter } from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

/** The anycast example with a quorum device for rack-a: everything that a document can have and a metric can tell of. */
export async function fullDocument(): Promise<string> {
  const text = await exampleText("anycast");
  return text.replace("takeover: quorum", "takeover: quorum\n      quorumDevice: { host: node-b1, algorithm: ffsplit }");
}

const controllers = { "rack-a": ["ctl-a1", "ctl-a2", "ctl-a3"], "rack-b": ["ctl-b1", "ctl-b2", "ctl-b3"] } as const;

/** Applies `fullDocument`, and has its agents report: rack-a's router is on ctl-a1; all is well, and all is seen. */
export async function showCluster(server: TestServer): Promise<void> {
  await server.get("POST", "/apply", { body: filesOf(await fullDocument()) });
  const { routers, vips } = await server.get<Status>("GET", "/status");
  for (const rack of ["rack-a", "rack-b"] as const) {
    const addresses = routers.find((router) => router.rack === rack)?.vips ?? [];
    for (const [place, host] of controllers[rack].entries()) {
      await report(server, reportOf(host, rack, place === 0 ? addresses : [], vips));
    }
  }
  for (const member of ["node-a1", "node-b1"]) await report(server, makeReport(member));
}

export async function report(server: TestServer, body: HostReport): Promise<void> {
  const token = await server.enroll(body.host);
  await server.get("POST", "/agent/report", { token, body });
}

function reportOf(host: string, rack: "rack-a" | "rack-b", holds: Status["routers"][number]["vips"], vips: Status["vips"]): HostReport {
  const router = rack === "rack-a" ? "vr-a" : "vr-b";
  return makeReport(host, {
    guard: "running",
    pacemaker: makePacemaker(controllers[rack], {
      cluster: rack,
      quorumDevice: rack === "rack-a" ? { word: "Connected", isConnected: true, hasVote: true } : null,
    }),
    routers: [
      {
        ...makeRouter(router, []),
        holds: holds.map(({ name, family, address }) => ({ name, family, address })),
        connectionSync: { running: true, inStep: true, entries: 40, lagMs: 12 },
        dns: { healthy: true },
        ntp: { healthy: true, offsetMs: -1.5 },
        connections: { entries: 20_000, limit: 262_144, ports: [{ family: 4, used: 9000, limit: 64_512 }] },
      },
    ],
    routing: {
      version: "8.4.4",
      neighbors: [
        {
          protocol: "ospf",
          routerId: "10.0.0.1",
          address: "10.1.0.1",
          interface: "fabric",
          state: "Full",
          isUp: true,
          unacknowledged: 0,
          bfd: "up",
        },
        {
          protocol: "bgp",
          routerId: null,
          address: "10.1.0.1",
          interface: null,
          state: "Active",
          isUp: false,
          unacknowledged: null,
          bfd: null,
        },
      ],
      bfd: [{ peer: "10.1.0.1", interface: "fabric", status: "up", intervalMs: 50, multiplier: 3, diagnostic: "ok" }],
      announced: vips.map(({ family, address }) => ({ family, prefix: `${address}/${family === 4 ? 32 : 128}` })),
    },
    services: vips.map(({ name, namespace, family, address }) => ({
      namespace,
      vip: name,
      mode: "anycast",
      family,
      address,
      held: true,
      announced: true,
      health: "up",
      reason: "",
      since: null,
    })),
  });
}

import type { HostReport, Status } from "@rackway/schema";

import type { ReceivedReport } from "../report-book.ts";
import type { Samples } from "./samples.ts";

/** Hosts and their agents. What an agent says counts as long as it reports; of one that is silent its age alone is told. */
export function writeHosts(
  samples: Samples,
  { hosts, routers }: Pick<Status, "hosts" | "routers">,
  reports: ReadonlyMap<string, ReceivedReport>,
): void {
  // Series are made of names: those of the document, not whatever a host says.
  const known = new Set(routers.map(({ name }) => name));
  for (const { name: host, rack, role, online, drained, paused, converged, agent, ageMs } of hosts) {
    const isReporting = agent === "ok";
    const report = reports.get(host)?.report ?? null;
    samples.add("rackway_host_online", { host, rack, role }, online);
    samples.add("rackway_host_drained", { host }, drained);
    samples.add("rackway_host_paused", { host }, paused);
    samples.add("rackway_agent_reporting", { host }, isReporting);
    samples.add("rackway_agent_report_age_seconds", { host }, ageMs === null ? null : ageMs / 1000);
    if (report === null || !isReporting) continue;
    samples.add("rackway_agent_build_info", { host, version: report.agentVersion.slice(0, 64) }, 1);
    samples.add("rackway_host_converged", { host }, converged);
    samples.add("rackway_host_pending_steps", { host }, report.pendingSteps.length);
    samples.add("rackway_guard_running", { host }, report.guard === null ? null : report.guard === "running");
    writeVipsOf(samples, host, report.services);
    writeRoutingOf(samples, host, report.routing);
    writeConnectionsOf(
      samples,
      host,
      report.routers.filter(({ name }) => known.has(name)),
    );
  }
}

function writeVipsOf(samples: Samples, host: string, services: HostReport["services"]): void {
  if (services === null) return;
  samples.add("rackway_host_vips_held", { host }, services.filter(({ held }) => held).length);
  samples.add("rackway_host_vips_announced", { host }, services.filter(({ announced }) => announced).length);
}

/** On every host that has the router's namespace: a standby's table must hold what the active host's does. */
function writeConnectionsOf(samples: Samples, host: string, routers: HostReport["routers"]): void {
  for (const { name: router, connections } of routers) {
    samples.add("rackway_conntrack_entries", { router, host }, connections?.entries);
    samples.add("rackway_conntrack_limit", { router, host }, connections?.limit);
  }
}

const protocols = ["ospf", "ospf6", "bgp"] as const;

/** A protocol without neighbours has no series: a host that speaks OSPF alone has not lost its BGP neighbours. */
function writeRoutingOf(samples: Samples, host: string, routing: HostReport["routing"]): void {
  if (routing === null) return;
  samples.add("rackway_routing_daemon_up", { host }, routing.version !== null);
  if (routing.version === null) return;
  for (const protocol of protocols) {
    const neighbors = routing.neighbors.filter((each) => each.protocol === protocol);
    if (neighbors.length === 0) continue;
    const up = neighbors.filter(({ isUp }) => isUp).length;
    samples.add("rackway_routing_neighbors", { host, protocol, state: "up" }, up);
    samples.add("rackway_routing_neighbors", { host, protocol, state: "down" }, neighbors.length - up);
  }
  const up = routing.bfd.filter(({ status }) => status === "up").length;
  samples.add("rackway_bfd_sessions", { host, state: "up" }, up);
  samples.add("rackway_bfd_sessions", { host, state: "down" }, routing.bfd.length - up);
}

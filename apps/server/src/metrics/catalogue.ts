/** What a metric is; its name says its unit (https://prometheus.io/docs/practices/naming/). */
export interface MetricSpec {
  readonly type: "gauge" | "counter" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

const host = ["host"] as const;
const router = ["router"] as const;
const pacemaker = ["pacemaker"] as const;
/** No host among them: a thousand VIPs on ten hosts would be ten thousand series for each metric. */
const vip = ["vip", "family", "mode", "namespace"] as const;

/**
 * Every metric of the server. Names of the document, and words of closed sets, are the only label values: nothing that a request or an
 * agent says becomes one. 1 is yes, 0 is no; what nobody can see has no series.
 */
export const metricCatalogue = {
  rackway_build_info: { type: "gauge", help: "1; the version of the server.", labels: ["version"] },
  rackway_revision: { type: "gauge", help: "Number of the current revision; absent before the first.", labels: [] },
  rackway_revision_created_timestamp_seconds: { type: "gauge", help: "When the current revision was made.", labels: [] },
  rackway_problems: {
    type: "gauge",
    help: "Problems that `rackway status` tells now, by code. What the server itself looks for is 0 when there is none; what agents tell of their hosts is absent then.",
    labels: ["code", "severity"],
  },
  rackway_events_total: {
    type: "counter",
    help: "Events written since the server started; kinds below the severity of a warning are counted together as `other`.",
    labels: ["kind", "severity"],
  },

  rackway_host_online: {
    type: "gauge",
    help: "The host is there: by its peers' word where it is in a Pacemaker cluster, else by its agent's.",
    labels: ["host", "rack", "role"],
  },
  rackway_host_drained: { type: "gauge", help: "An operator has drained the host.", labels: host },
  rackway_host_paused: { type: "gauge", help: "The host's agent changes nothing.", labels: host },
  rackway_agent_reporting: { type: "gauge", help: "The host's agent has reported within the last 15 s.", labels: host },
  rackway_agent_report_age_seconds: { type: "gauge", help: "Age of the agent's last report; absent: there never was one.", labels: host },
  rackway_agent_build_info: { type: "gauge", help: "1; the version of the agent that last reported.", labels: ["host", "version"] },
  rackway_host_converged: { type: "gauge", help: "The host is all that the current revision says.", labels: host },
  rackway_host_pending_steps: {
    type: "gauge",
    help: "Differences between the host and its state that its agent has found and not mended: drift.",
    labels: host,
  },
  rackway_guard_running: { type: "gauge", help: "The guard, which takes VIPs away when quorum goes, runs on the host.", labels: host },
  rackway_host_vips_held: { type: "gauge", help: "Addresses of service VIPs on the host.", labels: host },
  rackway_host_vips_announced: { type: "gauge", help: "Of those, the ones that its routing daemon announces.", labels: host },
  rackway_routing_daemon_up: { type: "gauge", help: "The host's routing daemon answers.", labels: host },
  rackway_routing_neighbors: {
    type: "gauge",
    help: "OSPF and BGP neighbours of the host; `up`: Full, 2-Way between two that are no DR, or Established.",
    labels: ["host", "protocol", "state"],
  },
  rackway_bfd_sessions: { type: "gauge", help: "BFD sessions of the host.", labels: ["host", "state"] },

  rackway_pacemaker_quorate: { type: "gauge", help: "The Pacemaker cluster has quorum, by Corosync's word.", labels: pacemaker },
  rackway_pacemaker_has_dc: { type: "gauge", help: "The Pacemaker cluster has a DC.", labels: pacemaker },
  rackway_pacemaker_fencing_enabled: { type: "gauge", help: "Fencing is on.", labels: pacemaker },
  rackway_pacemaker_hosts: { type: "gauge", help: "Controllers that the document puts into the Pacemaker cluster.", labels: pacemaker },
  rackway_pacemaker_hosts_online: { type: "gauge", help: "Of those, the ones that are online in it.", labels: pacemaker },
  rackway_pacemaker_quorum_device_connected_hosts: {
    type: "gauge",
    help: "Controllers that say that they are connected to the quorum device; absent where there is none.",
    labels: pacemaker,
  },
  rackway_certificate_expiry_timestamp_seconds: {
    type: "gauge",
    help: "When a quorum device's certificate ends.",
    labels: ["purpose", "name"],
  },

  rackway_router_active: { type: "gauge", help: "The host carries the virtual router.", labels: ["router", "host"] },
  rackway_router_active_since_timestamp_seconds: {
    type: "gauge",
    help: "Since when the router has been seen on the host that carries it.",
    labels: router,
  },
  rackway_router_vip_owners: {
    type: "gauge",
    help: "Hosts that have the address on an interface by their own word: 1 is right, more are two owners.",
    labels: ["router", "vip", "family"],
  },
  rackway_router_moves_total: {
    type: "counter",
    help: "Times that the router went to another host since the server started; `planned`: its host was drained, or an operator moved it.",
    labels: ["router", "cause"],
  },
  rackway_router_sync_in_step: { type: "gauge", help: "Every standby that is seen has the active host's connections.", labels: router },
  rackway_router_sync_lag_seconds: { type: "gauge", help: "How far the standbys are behind, where they say so.", labels: router },
  rackway_conntrack_entries: { type: "gauge", help: "Connections in the router's table on the host.", labels: ["router", "host"] },
  rackway_conntrack_limit: {
    type: "gauge",
    help: "Connections that the kernel lets that table have (nf_conntrack_max).",
    labels: ["router", "host"],
  },
  rackway_snat_ports_used: {
    type: "gauge",
    help: "Ports of the public VIP that are taken towards the destination that takes the most; absent below 8,064 connections.",
    labels: ["router", "family"],
  },
  rackway_snat_ports_limit: {
    type: "gauge",
    help: "Ports that the kernel translates to, for each destination.",
    labels: ["router", "family"],
  },
  rackway_router_dns_healthy: { type: "gauge", help: "The router's name service answers on the active host.", labels: router },
  rackway_router_ntp_healthy: { type: "gauge", help: "The router's time service answers on the active host.", labels: router },
  rackway_router_ntp_offset_seconds: {
    type: "gauge",
    help: "What the router's time service says is ahead of its host's clock.",
    labels: router,
  },

  rackway_vip_eligible_hosts: { type: "gauge", help: "Hosts that the document lets hold the VIP.", labels: vip },
  rackway_vip_owners: { type: "gauge", help: "Hosts that hold the VIP by their own word.", labels: vip },
  rackway_vip_announcers: {
    type: "gauge",
    help: "Hosts whose routing daemon announces the VIP; absent of failover VIPs, which none does.",
    labels: vip,
  },
  rackway_vip_healthy: { type: "gauge", help: "The service behind the VIP is well on some host; absent: nobody knows.", labels: vip },

  rackway_addresses: {
    type: "gauge",
    help: "Addresses that a network's or pool's ranges can give.",
    labels: ["scope", "family"],
  },
  rackway_addresses_used: { type: "gauge", help: "Of those, the ones that are reserved or a host's own.", labels: ["scope", "family"] },

  rackway_http_request_duration_seconds: {
    type: "histogram",
    help: "Answers of the server, long polls and event streams apart.",
    labels: ["method", "route", "code"],
  },
  process_start_time_seconds: { type: "gauge", help: "When the server started.", labels: [] },
  process_cpu_seconds_total: { type: "counter", help: "Processor time that the server has used.", labels: [] },
  process_resident_memory_bytes: { type: "gauge", help: "Memory that the server has.", labels: [] },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof metricCatalogue;

/** The labels that a metric has, all of them. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metricCatalogue)[Name]["labels"][number], string>>;

/** docs/reference/metrics.md. */
export function renderMetricReference(): string {
  const rows = Object.entries<MetricSpec>(metricCatalogue).map(
    ([name, { type, help, labels }]) => `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(" ") || "-"} | ${help} |`,
  );
  return [
    "# Metrics",
    "",
    "What `GET /metrics` of the server tells, in Prometheus' text format. How to scrape it and what to look at: [watch it](../watch-it.md).",
    "1 is yes, 0 is no. What nobody can see has no series; it is not 0.",
    "",
    "| metric | type | labels | it says |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

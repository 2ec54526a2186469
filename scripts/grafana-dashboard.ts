/** The dashboard of ops/grafana, made from this list of panels (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/). */

interface Target {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly about: string;
  readonly kind: "stat" | "timeseries" | "state-timeline" | "bargauge" | "table";
  readonly width: number;
  readonly targets: readonly Target[];
  /** Grafana's name of it; absent: a plain number. */
  readonly unit?: string;
  /** From these values on it is yellow, and red; the other way round where less is worse. */
  readonly limits?: { readonly yellow?: number; readonly red: number; readonly isLessWorse?: boolean };
}

const rows: readonly { readonly title: string; readonly height: number; readonly panels: readonly Panel[] }[] = [
  {
    title: "Now",
    height: 4,
    panels: [
      stat("Critical problems", "Traffic is cut, or an address has two owners.", 'sum(rackway_problems{severity="critical"})', { red: 1 }),
      stat("Warnings", "Redundancy or control is lost; traffic flows.", 'sum(rackway_problems{severity="warning"})', {
        yellow: 1,
        red: 1e9,
      }),
      stat("Hosts offline", "By their peers' word, else by their agents'.", "count(rackway_host_online == 0) or vector(0)", { red: 1 }),
      stat("Routers without a host", "Their racks have no way out.", "count(max by (router) (rackway_router_active) == 0) or vector(0)", {
        red: 1,
      }),
      stat("Clusters without quorum", "Pacemaker clusters, by Corosync's word.", "count(rackway_pacemaker_quorate == 0) or vector(0)", {
        red: 1,
      }),
      stat("Revision", "The current one.", "max(rackway_revision)"),
    ],
  },
  {
    title: "Problems",
    height: 8,
    panels: [
      {
        title: "Problems by code",
        about: "What `rackway status` tells; docs/reference/errors.md explains each code.",
        kind: "timeseries",
        width: 12,
        targets: [{ expr: "sum by (code, severity) (rackway_problems) > 0", legend: "{{severity}}: {{code}}" }],
      },
      {
        title: "Events",
        about: "A minute's warnings and worse; `rackway get events --min-severity warning` has their reasons.",
        kind: "timeseries",
        width: 12,
        targets: [{ expr: 'sum by (kind) (increase(rackway_events_total{severity!="info"}[1m])) > 0', legend: "{{kind}}" }],
      },
    ],
  },
  {
    title: "Virtual routers",
    height: 8,
    panels: [
      {
        title: "Who carries which router",
        about: "A gap: nobody saw.",
        kind: "state-timeline",
        width: 12,
        targets: [{ expr: 'rackway_router_active{router=~"$router"}', legend: "{{router}} on {{host}}" }],
      },
      {
        title: "Moves within an hour",
        about: "Planned: a drain, or an operator's move. Unplanned: failovers.",
        kind: "timeseries",
        width: 12,
        targets: [{ expr: 'increase(rackway_router_moves_total{router=~"$router"}[1h])', legend: "{{router}}, {{cause}}" }],
      },
      {
        title: "Connection table",
        about: "Of the kernel's limit; at 100 % new connections are refused.",
        kind: "timeseries",
        width: 8,
        unit: "percentunit",
        limits: { yellow: 0.8, red: 0.95 },
        targets: [
          {
            expr: 'rackway_conntrack_entries{router=~"$router"} / rackway_conntrack_limit',
            legend: "{{router}} on {{host}}",
          },
        ],
      },
      {
        title: "Ports towards the busiest destination",
        about: "Of the public VIP; no series below 8,064 connections, where they cannot run out.",
        kind: "timeseries",
        width: 8,
        unit: "percentunit",
        limits: { yellow: 0.8, red: 0.95 },
        targets: [{ expr: 'rackway_snat_ports_used{router=~"$router"} / rackway_snat_ports_limit', legend: "{{router}}, {{family}}" }],
      },
      {
        title: "Standbys in step",
        about: "0: a failover now cuts connections.",
        kind: "state-timeline",
        width: 8,
        limits: { red: 1, isLessWorse: true },
        targets: [
          { expr: 'rackway_router_sync_in_step{router=~"$router"}', legend: "{{router}}" },
          { expr: 'rackway_router_dns_healthy{router=~"$router"}', legend: "{{router}}: name service" },
          { expr: 'rackway_router_ntp_healthy{router=~"$router"}', legend: "{{router}}: time service" },
        ],
      },
    ],
  },
  {
    title: "Service addresses",
    height: 8,
    panels: [
      {
        title: "VIPs that lack announcers",
        about: "Announced by fewer hosts than may hold it. Drained hosts lack on purpose.",
        kind: "timeseries",
        width: 12,
        targets: [
          {
            expr: 'rackway_vip_announcers{mode="anycast"} < rackway_vip_eligible_hosts',
            legend: "{{vip}} {{family}}",
          },
        ],
      },
      {
        title: "VIPs that are down, or on no host",
        about: "The service behind it is well nowhere; or nobody holds the address.",
        kind: "timeseries",
        width: 6,
        targets: [
          { expr: "rackway_vip_healthy == 0", legend: "{{vip}} {{family}} is down" },
          { expr: "rackway_vip_owners == 0", legend: "{{vip}} {{family}} is on no host" },
        ],
      },
      {
        title: "Addresses by host",
        about: "Held, and announced by the host's routing daemon.",
        kind: "timeseries",
        width: 6,
        targets: [
          { expr: "rackway_host_vips_held", legend: "{{host}} holds" },
          { expr: "rackway_host_vips_announced", legend: "{{host}} announces" },
        ],
      },
    ],
  },
  {
    title: "Hosts and clusters",
    height: 8,
    panels: [
      {
        title: "Hosts",
        about: "By their peers' word where they have peers.",
        kind: "state-timeline",
        width: 8,
        limits: { red: 1, isLessWorse: true },
        targets: [{ expr: "rackway_host_online", legend: "{{host}}" }],
      },
      {
        title: "Age of agents' reports",
        about: "Silent for 15 s: what it said does not count any more.",
        kind: "timeseries",
        width: 8,
        unit: "s",
        limits: { yellow: 15, red: 60 },
        targets: [{ expr: "rackway_agent_report_age_seconds", legend: "{{host}}" }],
      },
      {
        title: "Drift, and hosts set aside",
        about: "Steps that an agent has found and not done; hosts that are drained or paused.",
        kind: "timeseries",
        width: 8,
        targets: [
          { expr: "rackway_host_pending_steps > 0", legend: "{{host}}: steps" },
          { expr: "rackway_host_drained == 1", legend: "{{host}} is drained" },
          { expr: "rackway_host_paused == 1", legend: "{{host}} is paused" },
          { expr: "rackway_host_converged == 0", legend: "{{host}} has not converged" },
        ],
      },
      {
        title: "Controllers that Pacemaker lacks",
        about: "Of those in the document.",
        kind: "timeseries",
        width: 8,
        targets: [{ expr: "rackway_pacemaker_hosts - rackway_pacemaker_hosts_online", legend: "{{pacemaker}}" }],
      },
      {
        title: "Routing neighbours",
        about: "OSPF and BGP, by host.",
        kind: "timeseries",
        width: 8,
        targets: [{ expr: "rackway_routing_neighbors", legend: "{{host}}: {{protocol}} {{state}}" }],
      },
      {
        title: "BFD sessions that are down",
        about: "A dead neighbour would be noticed by its protocol's own timers, late.",
        kind: "timeseries",
        width: 8,
        targets: [{ expr: 'rackway_bfd_sessions{state="down"}', legend: "{{host}}" }],
      },
    ],
  },
  {
    title: "Capacity and server",
    height: 8,
    panels: [
      {
        title: "Addresses that are taken",
        about: "Of a network's or pool's ranges.",
        kind: "bargauge",
        width: 8,
        unit: "percentunit",
        limits: { yellow: 0.8, red: 0.9 },
        targets: [{ expr: "rackway_addresses_used / rackway_addresses", legend: "{{scope}} {{family}}" }],
      },
      {
        title: "The server's answers",
        about: "Of a hundred requests ninety-nine are faster than this.",
        kind: "timeseries",
        width: 8,
        unit: "s",
        targets: [
          {
            expr: "histogram_quantile(0.99, sum by (le, route) (rate(rackway_http_request_duration_seconds_bucket[5m])))",
            legend: "{{route}}",
          },
        ],
      },
      {
        title: "The server's memory and processor",
        about: "Memory in bytes, processors in use.",
        kind: "timeseries",
        width: 8,
        targets: [
          { expr: 'process_resident_memory_bytes{job="rackway"}', legend: "memory" },
          { expr: 'rate(process_cpu_seconds_total{job="rackway"}[5m])', legend: "processors" },
        ],
      },
    ],
  },
];

function stat(title: string, about: string, expr: string, limits?: Panel["limits"]): Panel {
  return { title, about, kind: "stat", width: 4, targets: [{ expr, legend: "" }], ...(limits === undefined ? {} : { limits }) };
}

const datasource = { type: "prometheus", uid: "${datasource}" };

/** Ready to be imported: it asks for the data source. */
export function grafanaDashboard(): unknown {
  return {
    uid: "rackway",
    title: "Rackway",
    tags: ["rackway"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    annotations: {
      list: [
        {
          name: "Failovers",
          datasource,
          enable: true,
          iconColor: "red",
          expr: 'increase(rackway_router_moves_total{cause="unplanned"}[1m]) > 0',
          titleFormat: "{{router}} failed over",
        },
      ],
    },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus" },
        {
          name: "router",
          label: "Router",
          type: "query",
          datasource,
          query: "label_values(rackway_router_active, router)",
          refresh: 2,
          multi: true,
          includeAll: true,
          current: { text: "All", value: "$__all" },
        },
      ],
    },
    panels: placed(),
  };
}

/** Rows from above, panels from the left; a grid of 24 columns. */
function placed(): unknown[] {
  const panels: unknown[] = [];
  let y = 0;
  for (const { title, height, panels: inRow } of rows) {
    panels.push({ id: panels.length + 1, type: "row", title, collapsed: false, gridPos: { x: 0, y, w: 24, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    for (const panel of inRow) {
      if (x + panel.width > 24) [x, y] = [0, y + height];
      panels.push({ id: panels.length + 1, ...rendered(panel), gridPos: { x, y, w: panel.width, h: height } });
      x += panel.width;
    }
    y += height;
  }
  return panels;
}

function rendered({ title, about, kind, targets, unit, limits }: Panel): Record<string, unknown> {
  return {
    type: kind,
    title,
    description: about,
    datasource,
    targets: targets.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(kind === "bargauge" || kind === "stat" ? { instant: true } : {}),
    })),
    fieldConfig: {
      defaults: { unit: unit ?? "short", min: 0, thresholds: { mode: "absolute", steps: stepsOf(limits) } },
      overrides: [],
    },
    options: kind === "bargauge" ? { orientation: "horizontal", displayMode: "basic" } : {},
  };
}

function stepsOf(limits: Panel["limits"]): { color: string; value: number | null }[] {
  if (limits === undefined) return [{ color: "green", value: null }];
  if (limits.isLessWorse === true)
    return [
      { color: "red", value: null },
      { color: "green", value: limits.red },
    ];
  return [
    { color: "green", value: null },
    ...(limits.yellow === undefined ? [] : [{ color: "yellow", value: limits.yellow }]),
    { color: "red", value: limits.red },
  ];
}

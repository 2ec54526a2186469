/** Values by series: a number that stays, or promtool's own notation (`0x10 1x50`), a sample each 15 s, or each five minutes where `for` is longer than an hour. */
type Series = Readonly<Record<string, string>>;

export interface RuleCase {
  readonly fires: Series;
  /** As near to that as is right. */
  readonly quiet: Series;
  /** When it is looked at; absent: as soon as `for` is over. */
  readonly at?: string;
}

const vip = 'vip="api",family="ipv4",mode="anycast",namespace="web"';
const http = 'method="GET",route="/api/v1/status"';

/** Each alert with what must raise it and what must not. */
export const ruleCases: Readonly<Record<string, RuleCase>> = {
  RackwayRouterWithoutHost: {
    fires: { 'rackway_router_active{router="vr-a",host="ctl-a1"}': "0", 'rackway_router_active{router="vr-a",host="ctl-a2"}': "0" },
    quiet: { 'rackway_router_active{router="vr-a",host="ctl-a1"}': "0", 'rackway_router_active{router="vr-a",host="ctl-a2"}': "1" },
  },
  RackwayAddressOwnedTwice: {
    fires: { 'rackway_router_vip_owners{router="vr-a",vip="public",family="ipv4"}': "2" },
    quiet: {
      'rackway_router_vip_owners{router="vr-a",vip="public",family="ipv4"}': "1",
      // An anycast VIP is on all of its hosts.
      [`rackway_vip_owners{${vip}}`]: "6",
    },
  },
  RackwayVipWithoutOwner: { fires: { [`rackway_vip_owners{${vip}}`]: "0" }, quiet: { [`rackway_vip_owners{${vip}}`]: "0x1 1x100" } },
  RackwayVipAnnouncedNowhere: { fires: { [`rackway_vip_announcers{${vip}}`]: "0" }, quiet: { [`rackway_vip_announcers{${vip}}`]: "1" } },
  RackwayVipDown: { fires: { [`rackway_vip_healthy{${vip}}`]: "0" }, quiet: { [`rackway_vip_healthy{${vip}}`]: "1" } },
  RackwayQuorumLost: {
    fires: { 'rackway_pacemaker_quorate{pacemaker="rack-a"}': "0" },
    quiet: { 'rackway_pacemaker_quorate{pacemaker="rack-a"}': "1" },
  },
  RackwayNameServiceSilent: {
    fires: { 'rackway_router_dns_healthy{router="vr-a"}': "0" },
    // A reload, an election.
    quiet: { 'rackway_router_dns_healthy{router="vr-a"}': "1x1 0x2 1x100" },
  },
  RackwayConnectionTableFull: {
    fires: {
      'rackway_conntrack_entries{router="vr-a",host="ctl-a1"}': "255000",
      'rackway_conntrack_limit{router="vr-a",host="ctl-a1"}': "262144",
      'rackway_router_active{router="vr-a",host="ctl-a1"}': "1",
    },
    quiet: {
      // A standby's.
      'rackway_conntrack_entries{router="vr-a",host="ctl-a1"}': "255000",
      'rackway_conntrack_limit{router="vr-a",host="ctl-a1"}': "262144",
      'rackway_router_active{router="vr-a",host="ctl-a1"}': "0",
      'rackway_conntrack_entries{router="vr-a",host="ctl-a2"}': "245000",
      'rackway_conntrack_limit{router="vr-a",host="ctl-a2"}': "262144",
      'rackway_router_active{router="vr-a",host="ctl-a2"}': "1",
    },
  },
  RackwaySnatPortsTaken: {
    fires: {
      'rackway_snat_ports_used{router="vr-a",family="ipv4"}': "62000",
      'rackway_snat_ports_limit{router="vr-a",family="ipv4"}': "64512",
    },
    quiet: {
      'rackway_snat_ports_used{router="vr-a",family="ipv4"}': "61000",
      'rackway_snat_ports_limit{router="vr-a",family="ipv4"}': "64512",
    },
  },
  RackwayCriticalProblem: {
    fires: { 'rackway_problems{code="router-unseen",severity="critical"}': "1" },
    quiet: {
      'rackway_problems{code="router-unseen",severity="critical"}': "0",
      // It has an alert of its own.
      'rackway_problems{code="router-without-host",severity="critical"}': "1",
      'rackway_problems{code="host-offline",severity="warning"}': "1",
    },
  },
  RackwayHostOffline: {
    fires: { 'rackway_host_online{host="ctl-a1",rack="rack-a",role="controller"}': "0" },
    quiet: { 'rackway_host_online{host="ctl-a1",rack="rack-a",role="controller"}': "1" },
  },
  RackwayPacemakerHostsMissing: {
    fires: { 'rackway_pacemaker_hosts_online{pacemaker="rack-a"}': "2", 'rackway_pacemaker_hosts{pacemaker="rack-a"}': "3" },
    quiet: { 'rackway_pacemaker_hosts_online{pacemaker="rack-a"}': "3", 'rackway_pacemaker_hosts{pacemaker="rack-a"}': "3" },
  },
  RackwayPacemakerWithoutDc: {
    fires: { 'rackway_pacemaker_has_dc{pacemaker="rack-a"}': "0" },
    quiet: { 'rackway_pacemaker_has_dc{pacemaker="rack-a"}': "1x1 0x2 1x100" },
  },
  RackwayQuorumDeviceLost: {
    fires: {
      'rackway_pacemaker_quorum_device_connected_hosts{pacemaker="rack-a"}': "1",
      'rackway_pacemaker_hosts_online{pacemaker="rack-a"}': "2",
    },
    quiet: {
      'rackway_pacemaker_quorum_device_connected_hosts{pacemaker="rack-a"}': "1",
      'rackway_pacemaker_hosts_online{pacemaker="rack-a"}': "1",
      // It has none.
      'rackway_pacemaker_hosts_online{pacemaker="rack-b"}': "3",
    },
  },
  RackwayGuardNotRunning: {
    fires: { 'rackway_guard_running{host="ctl-a1"}': "0" },
    quiet: { 'rackway_guard_running{host="ctl-a1"}': "1" },
  },
  RackwayNotInStep: {
    fires: { 'rackway_router_sync_in_step{router="vr-a"}': "0" },
    quiet: { 'rackway_router_sync_in_step{router="vr-a"}': "0x3 1x100" },
  },
  RackwaySyncLagging: {
    fires: { 'rackway_router_sync_lag_seconds{router="vr-a"}': "6" },
    quiet: { 'rackway_router_sync_lag_seconds{router="vr-a"}': "1" },
  },
  RackwayRouterFailedOver: {
    fires: { 'rackway_router_moves_total{router="vr-a",cause="unplanned"}': "0x20 1x100" },
    quiet: {
      'rackway_router_moves_total{router="vr-a",cause="planned"}': "0x20 1x100",
      // The server was started anew.
      'rackway_router_moves_total{router="vr-a",cause="unplanned"}': "4x20 0x100",
    },
    at: "8m",
  },
  RackwayRouterRestless: {
    fires: { 'rackway_router_moves_total{router="vr-a",cause="unplanned"}': "0x20 2x20 4x20 5x400" },
    quiet: { 'rackway_router_moves_total{router="vr-a",cause="unplanned"}': "0x20 2x400" },
    at: "1h",
  },
  RackwayRoutingDaemonSilent: {
    fires: { 'rackway_routing_daemon_up{host="ctl-a1"}': "0" },
    quiet: { 'rackway_routing_daemon_up{host="ctl-a1"}': "1" },
  },
  RackwayRoutingNeighborLost: {
    // FRR forgets an OSPF neighbour that is dead, so it is one fewer, not one that is down.
    fires: { 'rackway_routing_neighbors{host="ctl-a1",protocol="ospf",state="up"}': "2x20 1x100" },
    quiet: {
      'rackway_routing_neighbors{host="ctl-a1",protocol="ospf",state="up"}': "1x20 2x100",
      'rackway_routing_neighbors{host="ctl-a1",protocol="ospf",state="down"}': "0",
    },
    at: "10m",
  },
  RackwayBfdSessionDown: {
    fires: { 'rackway_bfd_sessions{host="ctl-a1",state="down"}': "1" },
    quiet: { 'rackway_bfd_sessions{host="ctl-a1",state="down"}': "0", 'rackway_bfd_sessions{host="ctl-a1",state="up"}': "1" },
  },
  RackwayTimeServiceAmiss: {
    fires: { 'rackway_router_ntp_offset_seconds{router="vr-a"}': "-0.6" },
    quiet: { 'rackway_router_ntp_offset_seconds{router="vr-a"}': "-0.01", 'rackway_router_ntp_healthy{router="vr-a"}': "1" },
  },
  RackwayConnectionTableFilling: {
    // Half full, and it grows by a thousand a minute: full within the hour.
    fires: {
      'rackway_conntrack_entries{router="vr-a",host="ctl-a1"}': "60000+1000x200",
      'rackway_conntrack_limit{router="vr-a",host="ctl-a1"}': "262144",
    },
    quiet: {
      'rackway_conntrack_entries{router="vr-a",host="ctl-a1"}': "150000",
      'rackway_conntrack_limit{router="vr-a",host="ctl-a1"}': "262144",
    },
    at: "28m",
  },
  RackwaySnatPortsRunningOut: {
    fires: {
      'rackway_snat_ports_used{router="vr-a",family="ipv4"}': "52000",
      'rackway_snat_ports_limit{router="vr-a",family="ipv4"}': "64512",
    },
    quiet: {
      'rackway_snat_ports_used{router="vr-a",family="ipv4"}': "51000",
      'rackway_snat_ports_limit{router="vr-a",family="ipv4"}': "64512",
    },
  },
  RackwayAddressesRunningOut: {
    fires: {
      'rackway_addresses_used{scope="pool/services",family="ipv4"}': "230",
      'rackway_addresses{scope="pool/services",family="ipv4"}': "254",
    },
    quiet: {
      'rackway_addresses_used{scope="pool/services",family="ipv4"}': "200",
      'rackway_addresses{scope="pool/services",family="ipv4"}': "254",
    },
  },
  RackwayCertificateEnds: {
    // promtool's time begins in 1970.
    fires: { 'rackway_certificate_expiry_timestamp_seconds{purpose="quorum-server",name="node-a1"}': "2500000" },
    quiet: { 'rackway_certificate_expiry_timestamp_seconds{purpose="quorum-server",name="node-a1"}': "2700000" },
  },
  RackwayServerDown: {
    fires: { 'up{job="rackway",instance="rackway.example.com:443"}': "0" },
    quiet: { 'up{job="rackway",instance="rackway.example.com:443"}': "1", 'up{job="node",instance="ctl-a1:9100"}': "0" },
  },
  RackwayServerFailing: {
    fires: { [`rackway_http_request_duration_seconds_count{${http},code="500"}`]: "0x20 3x100" },
    quiet: {
      [`rackway_http_request_duration_seconds_count{${http},code="500"}`]: "3",
      [`rackway_http_request_duration_seconds_count{${http},code="404"}`]: "0+1x200",
    },
    at: "8m",
  },
  RackwayServerSlow: {
    fires: {
      [`rackway_http_request_duration_seconds_bucket{${http},code="200",le="1"}`]: "0+9x200",
      [`rackway_http_request_duration_seconds_bucket{${http},code="200",le="2.5"}`]: "0+10x200",
      [`rackway_http_request_duration_seconds_bucket{${http},code="200",le="+Inf"}`]: "0+10x200",
    },
    quiet: {
      [`rackway_http_request_duration_seconds_bucket{${http},code="200",le="1"}`]: "0+10x200",
      [`rackway_http_request_duration_seconds_bucket{${http},code="200",le="2.5"}`]: "0+10x200",
      [`rackway_http_request_duration_seconds_bucket{${http},code="200",le="+Inf"}`]: "0+10x200",
    },
    at: "20m",
  },
  RackwayAgentSilent: {
    fires: {
      'rackway_agent_reporting{host="ctl-a1"}': "0",
      'rackway_host_online{host="ctl-a1",rack="rack-a",role="controller"}': "1",
    },
    // The host is off: one alert is enough.
    quiet: {
      'rackway_agent_reporting{host="ctl-a1"}': "0",
      'rackway_host_online{host="ctl-a1",rack="rack-a",role="controller"}': "0",
    },
  },
  RackwayHostNotConverged: {
    fires: { 'rackway_host_converged{host="ctl-a1"}': "0", 'rackway_host_paused{host="ctl-a1"}': "0" },
    quiet: { 'rackway_host_converged{host="ctl-a1"}': "0", 'rackway_host_paused{host="ctl-a1"}': "1" },
  },
  RackwayHostSetAside: {
    fires: { 'rackway_host_drained{host="ctl-a1"}': "1" },
    quiet: { 'rackway_host_drained{host="ctl-a1"}': "0x10 1x200 0x200" },
  },
};

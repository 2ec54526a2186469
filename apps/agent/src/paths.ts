/** Where the agent's files lie on a host. */
export interface AgentPaths {
  readonly config: string;
  /** Last good state, and the secrets' place is Corosync's own folder: nothing secret lies here. */
  readonly state: string;
  readonly originals: string;
  /** Which of FRR's settings are ours. */
  readonly frrMemory: string;
  /** Folder for what lives until the next boot. */
  readonly run: string;
  readonly socket: string;
  readonly corosyncConf: string;
  readonly authKey: string;
  /** A running Corosync was given a file that it reads only when it starts: which process that was, and why. */
  readonly restartMarker: string;
  /** NSS database of corosync-qdevice on a controller. */
  readonly quorumDeviceStore: string;
  /** NSS database of corosync-qnetd on a quorum device's host, and the file with its options. */
  readonly quorumServerStore: string;
  readonly quorumServerOptions: string;
  readonly pacemakerState: string;
  readonly corosyncState: string;
  readonly guardPid: string;
  readonly guardLog: string;
  readonly fencingLog: string;
}

export const hostPaths: AgentPaths = {
  config: "/etc/rackway/agent.yaml",
  state: "/var/lib/rackway/agent/state.json",
  originals: "/var/lib/rackway/originals.json",
  frrMemory: "/var/lib/rackway/frr.json",
  run: "/run/rackway",
  socket: "/run/rackway/agent.sock",
  corosyncConf: "/etc/corosync/corosync.conf",
  authKey: "/etc/corosync/authkey",
  restartMarker: "/run/rackway/corosync-restart.json",
  quorumDeviceStore: "/etc/corosync/qdevice/net/nssdb",
  quorumServerStore: "/etc/corosync/qnetd/nssdb",
  quorumServerOptions: "/etc/default/corosync-qnetd",
  pacemakerState: "/var/lib/pacemaker",
  corosyncState: "/var/lib/corosync",
  guardPid: "/run/rackway/guard.pid",
  guardLog: "/run/rackway/guard.log",
  fencingLog: "/run/rackway/fencing.log",
};

import type { PacemakerState } from "@rackway/schema";
import { totemTimers } from "./timers.ts";

/** First line of every file that is ours; a file without it is the operator's and is never overwritten. */
export const managedHeader = "# Managed by Rackway. Changes made here are put back; change the cluster document instead.";

/**
 * True when a lost peer cannot be told from a lost link by counting: two controllers. Corosync then lets each side go on (`two_node`)
 * and fencing decides; without a fence device the survivor stops instead, as any half does.
 */
export function isTwoNode(pacemaker: PacemakerState): boolean {
  return pacemaker.nodes.length === 2 && pacemaker.fencing.length > 0;
}

/**
 * Renders corosync.conf(5): knet with encryption, votequorum(5), the timers of the document.
 * Node ids come with the state: they must never change for a name while the cluster lives.
 */
export function renderCorosyncConf(pacemaker: PacemakerState): string {
  const timers = totemTimers[pacemaker.timers];
  return [
    managedHeader,
    "totem {",
    "  version: 2",
    `  cluster_name: ${corosyncClusterName(pacemaker)}`,
    "  transport: knet",
    "  crypto_cipher: aes256",
    "  crypto_hash: sha256",
    "  keyfile: /etc/corosync/authkey",
    `  token: ${timers.tokenMs}`,
    "  token_coefficient: 0",
    `  token_retransmits_before_loss_const: ${timers.retransmitsBeforeLoss}`,
    `  consensus: ${timers.consensusMs}`,
    `  join: ${timers.joinMs}`,
    "  interface {",
    "    linknumber: 0",
    `    knet_ping_interval: ${timers.knetPingIntervalMs}`,
    `    knet_ping_timeout: ${timers.knetPingTimeoutMs}`,
    `    knet_pong_count: ${timers.knetPongCount}`,
    "  }",
    "}",
    "nodelist {",
    ...[...pacemaker.nodes].sort((a, b) => a.nodeId - b.nodeId).flatMap(renderNode),
    "}",
    "quorum {",
    "  provider: corosync_votequorum",
    ...(isTwoNode(pacemaker) ? ["  two_node: 1"] : []),
    "}",
    "logging {",
    "  to_logfile: no",
    "  to_syslog: no",
    "  to_stderr: yes",
    "  timestamp: hires",
    "}",
    "",
  ].join("\n");
}

/** The name that Corosync encrypts and Pacemaker identifies the cluster by. */
export function corosyncClusterName(pacemaker: Pick<PacemakerState, "cluster">): string {
  return `rackway-${pacemaker.cluster}`;
}

function renderNode(node: PacemakerState["nodes"][number]): string[] {
  return [
    "  node {",
    `    name: ${node.name}`,
    `    nodeid: ${node.nodeId}`,
    ...node.addresses.map((address, link) => `    ring${link}_addr: ${address}`),
    "  }",
  ];
}

import type { PacemakerState } from "@rackway/schema";
import { corosyncClusterName } from "@rackway/schema";
import { quorumDeviceTimers, totemTimers } from "./timers.ts";

/** First line of every file that is ours; a file without it is the operator's and is never overwritten. */
export const managedHeader = "# Managed by Rackway. Changes made here are put back; change the cluster document instead.";

/**
 * True when a lost peer cannot be told from a lost link by counting: two controllers. Corosync then lets each side go on (`two_node`)
 * and fencing decides; without a fence device the survivor stops instead, as any half does. With a quorum device there is a third vote to
 * count: Corosync refuses the two together.
 */
export function isTwoNode(pacemaker: PacemakerState): boolean {
  return pacemaker.nodes.length === 2 && pacemaker.fencing.length > 0 && pacemaker.quorumDevice === null;
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
    `  cluster_name: ${corosyncClusterName(pacemaker.cluster)}`,
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
    ...renderQuorumDevice(pacemaker),
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

/**
 * corosync-qdevice(8): one vote, whatever the number of controllers. TLS always, and never less: who is not known by certificate has no say in
 * who is the owner. Nothing of it is read again by a running corosync-qdevice.
 */
function renderQuorumDevice({ quorumDevice, timers }: PacemakerState): string[] {
  if (quorumDevice === null) return [];
  const { timeoutMs, syncTimeoutMs } = quorumDeviceTimers[timers];
  return [
    "  device {",
    "    model: net",
    "    votes: 1",
    `    timeout: ${timeoutMs}`,
    `    sync_timeout: ${syncTimeoutMs}`,
    "    net {",
    `      host: ${quorumDevice.address}`,
    `      algorithm: ${quorumDevice.algorithm}`,
    "      tls: required",
    "    }",
    "  }",
  ];
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

/**
 * The agent: one daemon a host, which makes the host what its host state says and tells what it sees.
 *
 * What it models. A level-triggered reconciler: events (a new state, `ip monitor`, a timer) only say *when* to look, every look reads the
 * world anew. Loops that do not wait for each other: converging (root namespace, FRR, Corosync and Pacemaker as daemons, and on the DC's
 * host Pacemaker's configuration), observing (who holds which VIP, what Corosync and Pacemaker say, the report), and glancing (VIPs alone).
 *
 * What it does not own: everything inside a router's namespace is Pacemaker's resource agents'. With this daemon dead the data plane
 * works and fails over; with the server gone it works from the state on its disk.
 *
 * Files: `agent.ts` (the loops), `looper.ts`, `triggers.ts` (when), `converge-host.ts`, `cluster-plan.ts`, `cluster-node.ts`,
 * `corosync-change.ts`, `frr-node.ts`, `frr-memory-file.ts`, `cib-writer.ts` (what changes), `cluster-watch.ts`, `routing-watch.ts`,
 * `service-watch.ts`, `checker-word.ts`, `json-text.ts`, `disks.ts`, `fencing.ts`, `failing-resources.ts`, `uplink-words.ts`, `observer.ts`, `events.ts`,
 * `log-tail.ts`, `guard-log.ts`, `checker-events.ts`, `report.ts`, `local-status.ts` (what is told), `server-link.ts`, `operations.ts`,
 * `local-socket.ts` (to whom), `state-keeper.ts`, `trial.ts`, `trial-clock.ts` (what must be confirmed, and the way back), `state-store.ts`, `originals-file.ts` (memory), `purge.ts`, `main.ts` and `command-*.ts` (the command line),
 * `doctor/` (`rackway doctor`: looks, then pure checks, in a process of its own).
 */
export { Agent, type AgentOptions } from "./agent.ts";
export { parseAgentConfig, readAgentConfig, type AgentConfig } from "./config.ts";
export { createLog, type Log } from "./log.ts";
export { hostPaths, type AgentPaths } from "./paths.ts";
export { purgeHost, type PurgeOutcome } from "./purge.ts";

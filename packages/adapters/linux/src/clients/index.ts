/**
 * A host as a client of its virtual router: whom it asks for names (resolv.conf(5), systemd-resolved(8)) and for the time (chrony(1),
 * systemd-timesyncd(8)).
 *
 * What it models. Two questions, each with two ways to be answered; which way is the host's own affair, seen anew at every look. Where a daemon
 * reads a folder of files, ours is one file in there, and the daemon's own configuration is never edited. resolv.conf has no such folder:
 * what is there (file, link or nothing) is remembered before the first change, byte for byte, and put back when ours leaves. What somebody
 * has put in its place is drift while ours is wanted, and theirs once it is not.
 *
 * Where it departs: a host is pointed at a name server for the first time only when that answers, and time sources are added, not exchanged:
 * chrony prefers ours while a controller answers, and falls back to the host's own.
 *
 * Files: `observe-clients.ts`, `path-sight.ts` (what is), `resolv-conf.ts`, `drop-ins.ts`, `chrony-words.ts` (texts), `plan-clients.ts`,
 * `plan-resolver.ts`, `plan-time.ts`, `plan-drop-in.ts`, `client-stage.ts` (planning), `file-operation.ts`, `apply-clients.ts`,
 * `client-sight.ts` (what is told of it).
 */
export { applyClients } from "./apply-clients.ts";
export type { ClientDaemon, ClientPlan } from "./client-stage.ts";
export { clientSight, silentTimeServers } from "./client-sight.ts";
export { clientPaths, noClient, observeClients } from "./observe-clients.ts";
export type { ClientObservation, ClientPaths, ClientState, TimeSight } from "./observe-clients.ts";
export { planClients } from "./plan-clients.ts";
export { resolverKind } from "./plan-resolver.ts";
export { timeDaemon } from "./plan-time.ts";

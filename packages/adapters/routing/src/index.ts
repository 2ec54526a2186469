/**
 * FRR: the part of its configuration that announces VIPs, entered as a difference, and what FRR sees of the fabric.
 *
 * What it models. One host's share in the routing of its rack: an OSPF (RFC 2328, RFC 5340) or BGP (RFC 4271) speaker with BFD (RFC 5880)
 * that learns nothing into the kernel and says nothing but the prefixes in `rw-announce-4` and `rw-announce-6`. Two write FRR's running
 * configuration: an operator and this package, which owns sections, route maps, key chains, the BFD profile and the two lists. The lists say
 * what may be announced (`announce-list.ts`); what is, follows the kernel's routes, which are the health checker's. So what may be
 * announced is configuration, and what is announced at the moment is not.
 *
 * FRR may be the operator's own. What is ours is named `rw-…`, or remembered (`frr-memory.ts`) from before it was entered: in a section
 * that has lines of both, only ours are ever changed or taken out. Where a wish and an operator's line set the same thing differently, that
 * is an error in words, and nothing at all is changed. Where the operator runs the same protocol himself, what he learns stays his.
 *
 * The verbs. `renderFrr` is pure: routing state to lines. `planFrr` is pure: lines against the running configuration, daemons before
 * configuration, and in the reverse when routing leaves. `checkFrr` has `vtysh -C` read the batch before a daemon does. `applyFrr` enters
 * it: withdrawals first, and waits for the neighbours' acknowledgements. `observeRouting` reads neighbours, BFD and the database as JSON, and
 * `explainRouting` says why a neighbour is not there: the parameter that differs stands in FRR's log alone, which is read only then.
 *
 * Where it departs. Nothing goes into frr.conf: after a restart FRR knows nothing of ours until the agent has looked, and an announcement
 * that health has not confirmed cannot come back from a file. `frr-reload.py` would remove what is not in its file, so it is not used,
 * except as FRR's own `reload` does when a daemon is switched on; then only when an operator's configuration is saved. An OSPF graceful restart
 * (RFC 3623) therefore takes three things within the grace period: `graceful-restart prepare ip ospf` before the daemon ends, the agent's
 * next look, and the checker's word. OSPFv2 with keyed SHA-2 (RFC 5709) needs FRR 9.1; with `md5` OSPFv3 still gets HMAC-SHA-256
 * (RFC 7166 has no MD5). Keys are read from the host's files when they are needed and go to vtysh by its standard input: never into an
 * argument, a step, a message or a file.
 *
 * Manuals: docs.frrouting.org (8.4 to 10), vtysh(1). Files: `frr-config.ts` (lines and sections), `render-frr.ts`, `frr-keys.ts`,
 * `plan-config.ts`, `frr-daemons.ts`, `plan-frr.ts`, `frr-memory.ts`, `apply-frr.ts`, `observe-frr.ts`, `secret.ts` (what changes);
 * `json-sequence.ts`, `frr-json.ts`, `observe-routing.ts`, `frr-log.ts`, `explain-routing.ts` (what is seen).
 */
export { observeOthers, type OthersAnnouncements } from "./announcers.ts";
export { spareMetric } from "./render-frr.ts";
export { applyFrr, checkFrr, type FrrHands } from "./apply-frr.ts";
export { explainRouting, needsLog } from "./explain-routing.ts";
export { foreignRedistribution } from "./foreign-lines.ts";
export { parseFrrConfig, renderFrrBatch, type FrrLine } from "./frr-config.ts";
export { neededDaemons, type FrrDaemon } from "./frr-daemons.ts";
export { readFrrKeys } from "./frr-keys.ts";
export { frrLogFiles, parseFrrLog, readFrrLog, type LogLine } from "./frr-log.ts";
export { emptyFrrMemory, frrMemorySchema, isEmptyFrrMemory, type FrrMemory } from "./frr-memory.ts";
export { listKeepers } from "./forgotten-lines.ts";
export { frrPaths, observeFrr, type FrrObservation, type FrrPaths } from "./observe-frr.ts";
export { observeRouting, renderRoutingReport, unacknowledged, type RoutingView } from "./observe-routing.ts";
export { planFrr, type FrrAction, type FrrPlan } from "./plan-frr.ts";
export { names as frrNames, renderFrr, routeTag, type FrrKeys, type FrrSurroundings, type FrrWish } from "./render-frr.ts";

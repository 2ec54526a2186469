/**
 * Pacemaker and Corosync: their files and configuration rendered from intent, applied as one difference, and observed.
 *
 * `renderCorosyncConf` and `renderCib` are pure. `applyCib` is the only writer of the CIB and refuses without Corosync's own word on
 * quorum. What happens on the hosts is done by the resource agents in `../ocf` (POSIX sh, OCF Resource Agent API 1.1) and by
 * `../guard`: neither needs a Rackway process. Manuals: corosync.conf(5), votequorum(5), Pacemaker Explained 2.1, crm_diff(8), cibadmin(8).
 */
export { applyCib, queryCib, type CibOutcome } from "./apply-cib.ts";
export { renderCib } from "./cib-intent.ts";
export { CibShapeError, listOurs, patchCib, readRecord, stripCib } from "./cib-xml.ts";
export { renderConntrackdConf } from "./conntrackd-conf.ts";
export { isTwoNode, managedHeader, renderCorosyncConf } from "./corosync-conf.ts";
export { publishFullDisks } from "./disk-flag.ts";
export { publishReleased } from "./release-flag.ts";
export { foreseeRouter, type ResourceFate, type RunRouter } from "./foresee-router.ts";
export { moveSet, moveRouter, type MoveOutcome } from "./planned-move.ts";
export { observeCorosyncLinks, parseCorosyncLinks, type CorosyncLink } from "./observe-corosync-links.ts";
export { observeFailoverVips, observeHeldVips, type FailoverSight, type NamespaceSight } from "./observe-held-vips.ts";
export { parseModes, type PacemakerModes } from "./observe-modes.ts";
export { observePacemaker, parseMonitor, type PacemakerSight } from "./observe-pacemaker.ts";
export { barredWords, noTrouble, parseTrouble, type ClusterTrouble, type FenceRequest } from "./observe-trouble.ts";
export { observeQuorum, parseQuorum, type Quorum } from "./observe-quorum.ts";
export { observeQuorumClients } from "./observe-quorum-clients.ts";
export { observeQuorumDevice, parseQuorumDevice } from "./observe-quorum-device.ts";
export { ConnectionWatch } from "./observe-connections.ts";
export { observeRouters } from "./observe-routers.ts";
export { findLacks, observeUplinks, type UplinkLack } from "./observe-uplinks.ts";
export { planCib, type CibPlan } from "./plan-cib.ts";
export type { CibIntent, Constraint, Operation, Primitive, Resource } from "./resource.ts";
export { drainedAttribute, scores } from "./resource-parts.ts";
export { routerAttributes, routerConstraints, routerResources } from "./router-resources.ts";
export { renderRouterRuleset } from "./router-ruleset.ts";
export { renderWayOutRuleset, routerWayOut, serviceWayOut } from "./way-out.ts";
export { serviceConstraints } from "./service-constraints.ts";
export { serviceBridgeId, serviceResourceIds, setPreference } from "./service-ids.ts";
export { serviceResources } from "./service-resources.ts";
export { decideVerdict, observeVerdict, type VerdictOutcome } from "./verdict.ts";
export type { Verdict } from "./verdict-word.ts";
export { quorumDeviceTimers, totemTimers, type TotemTimers } from "./timers.ts";

/**
 * The planner: from a document to what every host must look like, and what that changes.
 *
 * What it models. Four pure steps, each an exported function, and `planRevision`, which is all of them in a row:
 *
 *     document ── validate ──▶ issues        every rule between fields, every fault at once
 *              ── allocate ──▶ reservations  (@rackway/ipam)
 *              ── compile  ──▶ host states   intent, not text: adapters render daemons' files from it
 *              ── diff     ──▶ changes       per object of the document, and per host in steps
 *
 * It reads no clock, does no I/O and makes no randomness: times, keys and revision numbers are handed in. So the server plans with it, the
 * apply's transaction runs it again, and a test can run it ten thousand times.
 *
 * What the compiler decides, and nobody else: which racks form which Pacemaker cluster; which controllers may run a router; where a
 * router without VIPs lives; which bridges, sysctls and ways out a host gets (`compile-*.ts` say why beside each). A host gets nothing
 * that no router of its rack needs: a document without routers leaves its hosts' networks as they are.
 *
 * What it promises, held by property tests: the same input gives the same output; the order of lists in a document does not matter;
 * the difference between a thing and itself is empty; a document that is applied twice allocates nothing the second time.
 *
 * Files: `validate.ts` and `rules-*.ts` (a rule is a function from a `RuleContext` to issues), `cluster-index.ts` (lookups),
 * `compile.ts`, `compile-pacemaker.ts`, `compile-router.ts`, `compile-routes.ts`, `compile-quorum-device.ts`, `compile-router-services.ts` and `compile-names.ts` (what a router serves), `compile-services.ts` (anycast and roaming VIPs of a
 * Pacemaker cluster), `compile-announcing.ts` (a host's view of them), `fabric.ts` (its top-of-rack routers), `service-link.ts`, `diff-document.ts`, `diff-host.ts`, `plan-change.ts`,
 * `plan-revision.ts`. Beside the way of a document: `foreseen-links.ts`, what hosts lack by their own word; `status-problems.ts` (with `vip-facts.ts` and `vip-problems.ts`), what in a status is
 * not as it should be, here because server and agent give one answer to that, and both reach this package.
 */
export type { AuthKey } from "./compile-pacemaker.ts";
export * from "./compile.ts";
export { certificatePurpose } from "./compile-quorum-device.ts";
export { domainOf, timeServerText, timeServersOf, upstreamText, upstreamsOf } from "./compile-router-services.ts";
export * from "./diff-document.ts";
export * from "./diff-host.ts";
export { emptyHostState } from "./empty-host-state.ts";
export { healthOf, type VipCheck } from "./health-terms.ts";
export { foreseeHandovers } from "./foreseen-handovers.ts";
export { foreseeLinks } from "./foreseen-links.ts";
export * from "./plan-change.ts";
export * from "./plan-revision.ts";
export * from "./status-problems.ts";
export * from "./validate.ts";
export * from "./vip-facts.ts";
export { findVipProblems } from "./vip-problems.ts";

/**
 * IPAM: who has which address, which Corosync node id, which index or number.
 *
 * What it models. A document *asks*: for the VIPs of its routers and services (an address, or `auto`), for a node id for each controller
 * of a Pacemaker cluster, for an index for each router and service namespace, for a number for each VIP in its namespace. The database *holds* reservations from earlier revisions. `allocate` is the pure
 * step between: demands and reservations in, the reservations of the next revision out, or every shortage and conflict at once. It
 * is called for a plan and called again in the transaction of the apply; the same input gives the same answer both times.
 *
 * What it promises, each held by a property test:
 * - disjoint: no value twice in a scope; no network, broadcast, subnet-router anycast, gateway or host address; automatic ones in the ranges;
 * - stable: what is reserved stays with its owner while it asks for it and its ranges allow it, whatever comes and goes beside it;
 * - idempotent, and independent of the order in which a document lists things;
 * - an address that is released by the same change is handed out last, since its old holder may still answer for it for a moment.
 *
 * Where it departs from the usual: an address that was handed out automatically is never taken away for one that is written in the
 * document later. That would move a VIP that nobody mentioned, so it is a conflict (`address-taken`, 409).
 *
 * Files: `reservation.ts` (owners and scopes), `demand.ts` (what a document asks for), `address-space.ts` (what a network or pool can
 * give), `pacemaker-cluster.ts` (which controllers form which Pacemaker cluster), `announcing.ts` (which hosts announce, and what), `roaming-router.ts` (a roaming router as VIPs), `allocate.ts`, `restore-reservations.ts`.
 */
export * from "./address-space.ts";
export * from "./allocate.ts";
export * from "./restore-reservations.ts";
export * from "./announcing.ts";
export * from "./demand.ts";
export * from "./pacemaker-cluster.ts";
export * from "./reservation.ts";
export * from "./roaming-router.ts";

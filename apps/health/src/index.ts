/**
 * The checker of a service namespace: asks the services behind announced VIPs, and announces those that answer. A process of its own under
 * Pacemaker (`ocf:rackway:health`), which asks no Rackway process for anything: what it watches over is in the files of the VIPs' resources
 * (`held-file.ts`), what it thinks in its own (`word-files.ts`). It announces by copies of routes in the kernel's main table (`host-routes.ts`),
 * which the routing daemon redistributes; when it dies, they stand, and the next one takes them over.
 *
 * `decide.ts` has the rules, pure: rise and fall, hold, dampening, the breaker. `ask.ts` has the questions, `knowledge.ts` what is known of the
 * world around, `checker.ts` the loop.
 */
export { Checker, type CheckerOptions } from "./checker.ts";

/**
 * The Linux host: bridges, addresses, default routes, kernel parameters, the agent's nftables tables and its init system.
 *
 * What it models. The root network namespace of one host, in four verbs. `observeHost` reads it with iproute2's and nft's JSON (ip(8),
 * nft(8)) and /proc/sys; `planHost` is pure: from the host state, the observation and what was there before us (`originals`) to steps in
 * an operator's words and typed operations; `applyHost` carries them out in batches; and then the host is observed again, because what a
 * tool returned is not what the kernel has. Network namespaces of routers and all in them are Pacemaker's resource agents': not here.
 *
 * What is ours is marked: route protocol 82, link alias `rackway:…`, tables `rackway-host`, `rackway-tunnel` and `rackway-router-*`. Everything else is
 * observed and kept. Where ours must take the place of something (an interface's addresses move to the bridge that it becomes a port of,
 * a foreign default route, a sysctl), the original is remembered before the change and put back, exactly, when ours leaves.
 *
 * Where it departs: plans are difference only. There is no flush and no "make it so": a second plan on a right host is empty, sends no
 * netlink message and starts no nft transaction.
 *
 * Files: `run.ts` (commands, bounded), `observation.ts` and `parse-iproute.ts` (what is), `observe-links.ts` (which links a document could name), `observe-flows.ts` (TCP connections in a namespace), `ip-operation.ts` and `simulate.ts` (changes, and
 * what they lead to), `stage.ts`, `bridge-driver.ts`, `linux-bridge.ts`, `bridge-port.ts`, `plan-*.ts`, `host-tables.ts` (planning),
 * `nftables.ts`, `apply-host.ts`, `originals.ts`, `atomic-file.ts`, `service-driver.ts` (systemd, runit). `clients/`: whom the host asks for
 * names and the time, by its own essay.
 */
export * from "./apply-host.ts";
export * from "./atomic-file.ts";
export * from "./bridge-driver.ts";
export * from "./clients/index.ts";
export * from "./host-tables.ts";
export * from "./ip-operation.ts";
export * from "./nftables.ts";
export * from "./observation.ts";
export * from "./observe-host.ts";
export { observeLinks } from "./observe-links.ts";
export { observeFlows } from "./observe-flows.ts";
export * from "./originals.ts";
export * from "./parse-iproute.ts";
export * from "./plan-host.ts";
export * from "./plan-sysctls.ts";
export * from "./problem.ts";
export * from "./run.ts";
export * from "./service-driver.ts";
export * from "./simulate.ts";
export { step } from "./stage.ts";
export * from "./sysctl.ts";

import { readFile } from "node:fs/promises";
import type { CommandRunner } from "@rackway/linux";
import type { PacemakerState, RouterObservation, RouterState } from "@rackway/schema";
import { routerResourceIds } from "@rackway/schema";

/**
 * What of each router is on `host`, this one, seen in the kernel: the addresses in its namespace, and how far its connections are in step. Addresses
 * are looked for everywhere, for they may be where they must not be. Of being in step there is nothing to say where the host may not run
 * the router (its Pacemaker cluster spans racks): it is no standby, so not one that is behind.
 */
export async function observeRouters(
  run: CommandRunner,
  pacemaker: Pick<PacemakerState, "routers">,
  host: string,
): Promise<RouterObservation[]> {
  return Promise.all(pacemaker.routers.map((router) => observeRouter(run, router, host)));
}

type AddressEntry = { addr_info?: { local?: string }[] };

async function observeRouter(run: CommandRunner, router: RouterState, host: string): Promise<RouterObservation> {
  const [addresses, tables] = await Promise.all([
    run(["ip", "-n", router.netns, "-j", "address", "show"], { timeoutMs: 5_000 }),
    run(["nsenter", `--net=/run/netns/${router.netns}`, "--", "nft", "list", "tables"], { timeoutMs: 5_000 }),
  ]);
  const entries = addresses.code === 0 ? (JSON.parse(addresses.stdout || "[]") as AddressEntry[]) : [];
  const present = new Set(entries.flatMap((entry) => entry.addr_info ?? []).map((info) => info.local));
  // A source that has handed over still has the addresses, and answers nobody: it is not an owner.
  const isMuted = tables.stdout.includes("rackway-mute");
  return {
    name: router.name,
    namespaceExists: addresses.code === 0,
    holds: isMuted
      ? []
      : router.vips.filter((vip) => present.has(vip.address)).map(({ name, family, address }) => ({ name, family, address })),
    // What takes a question to a daemon is asked apart: this look comes on every change of an address.
    dns: null,
    ntp: null,
    connectionSync: router.connectionSync && router.controllers.includes(host) ? await observeSync(run, router) : null,
  };
}

/** The watch leaves `ENTRIES INSTEP` beside its state; the daemon itself says whether it runs. */
async function observeSync(run: CommandRunner, router: RouterState): Promise<RouterObservation["connectionSync"]> {
  const ids = routerResourceIds(router);
  const daemon = await run(["conntrackd", "-C", `/run/rackway/${ids.sync}/conntrackd.conf`, "-s"], { timeoutMs: 3_000 });
  const words = await readFile(`/run/rackway/${ids.watch}/sync`, "utf8").then(
    (text) => text.trim().split(" ").map(Number),
    () => [],
  );
  const [entries, inStep] = words;
  return {
    running: daemon.code === 0,
    inStep: inStep === undefined ? null : inStep === 1 && daemon.code === 0,
    entries: entries ?? 0,
    lagMs: null,
  };
}

import { event } from "./events.ts";
import type { Happening } from "./events.ts";
import type { ServiceSight } from "./service-watch.ts";

/** Failover VIPs that came to this host or left it between two looks. Pure; null: there was no look, so nothing is known to have changed. */
export function failoverEvents(host: string, before: readonly ServiceSight[] | null, after: readonly ServiceSight[] | null): Happening[] {
  if (before === null || after === null) return [];
  const had = new Map(before.flatMap((seen) => (seen.mode === "failover" ? [[seen.address, seen] as const] : [])));
  const changed = after.filter(({ mode, address, held }) => mode === "failover" && had.has(address) && had.get(address)?.held !== held);
  const groups = Map.groupBy(changed, ({ vip, held }) => `${vip} ${held}`);
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const { vip, namespace, held } = first;
    const addresses = alike.map(({ address }) => address);
    const data = { host, namespace, addresses };
    if (held) return [event("vip-taken", `vip/${vip}`, `${host} took over ${addresses.join(", ")}`, data)];
    // What was found of the service last, where it had failed.
    const was = had.get(first.address);
    const why = was?.health === "down" ? `: its service was down here (${was.reason})` : "";
    return [event("vip-released", `vip/${vip}`, `${host} gave up ${addresses.join(", ")}${why}`, data)];
  });
}

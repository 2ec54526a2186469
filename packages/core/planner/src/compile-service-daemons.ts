import type { ServiceNamespaceState, VipSpec } from "@rackway/schema";

import { domainOf, nameServiceOf, timeServiceOf } from "./compile-router-services.ts";
import type { SharedServices } from "./compile-router.ts";
import { compareText } from "./order.ts";

/**
 * Name and time service of a service namespace: one daemon of each for all VIPs that have it, which say the same (`vip-service-differs`). Who is
 * answered, and which names are made, is as with a router. And the administrator's programs, each once.
 */
export function compileServiceDaemons(
  vips: readonly VipSpec[],
  { cluster, clients, names }: SharedServices,
): Pick<ServiceNamespaceState, "dns" | "ntp" | "programs"> {
  const programs = [...new Set(vips.flatMap(({ service }) => service?.name ?? []))].sort(compareText);
  const named = vips.find(({ dns }) => dns !== undefined);
  const timed = vips.find(({ ntp }) => ntp !== undefined);
  return {
    ...(named?.dns === undefined
      ? {}
      : { dns: nameServiceOf(named.dns, domainOf(named, cluster), clients, names.ofCluster(named.dns.names)) }),
    ...(timed?.ntp === undefined ? {} : { ntp: timeServiceOf(timed.ntp, clients) }),
    ...(programs.length === 0 ? {} : { programs }),
  };
}

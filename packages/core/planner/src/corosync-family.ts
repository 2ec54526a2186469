import type { PacemakerCluster } from "@rackway/ipam";
import type { Family } from "@rackway/net";

import { families, hostAddress } from "./cluster-index.ts";

/** The address family that Corosync talks over: IPv4 where all controllers have it, else IPv6; null where they have none in common. */
export function corosyncFamily({ settings, controllers }: PacemakerCluster): Family | null {
  return families.find((family) => controllers.every((host) => hostAddress(host, settings.network, family) !== null)) ?? null;
}

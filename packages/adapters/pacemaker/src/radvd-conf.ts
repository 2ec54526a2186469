import type { RouterState } from "@rackway/schema";
import { splitFamilies } from "./router-ruleset.ts";

/**
 * The link-local VIP that a router's advertisements come from (RFC 4861 6.1.2 wants a link-local source). It moves with the pair, so the
 * default router that others have learnt stays the same. `5257` is how the mute of ocf:rackway:vips knows it.
 */
export function linkLocalVip(router: Pick<RouterState, "index">): string {
  return `fe80::5257:${router.index.toString(16)}`;
}

/**
 * Renders radvd.conf(5). The prefixes are announced as on-link and not for autoconfiguration: a rack's addresses are planned, and a
 * host that made up one of its own would not be let out.
 */
export function renderRadvdConf(router: RouterState): string {
  const lifetimeSeconds = router.routerAdvertisements?.lifetimeSeconds ?? 0;
  const maxIntervalSeconds = Math.max(4, Math.min(60, Math.floor(lifetimeSeconds / 3)));
  const minIntervalSeconds = Math.max(3, Math.floor(maxIntervalSeconds / 3));
  return `interface mgmt {
  AdvSendAdvert on;
  IgnoreIfMissing on;
  MinRtrAdvInterval ${minIntervalSeconds};
  MaxRtrAdvInterval ${maxIntervalSeconds};
  AdvDefaultLifetime ${Math.max(lifetimeSeconds, maxIntervalSeconds)};
  AdvRASrcAddress {
    ${linkLocalVip(router)};
  };
${splitFamilies(router.management.cidrs)
  .ipv6.map((prefix) => `  prefix ${prefix} { AdvOnLink on; AdvAutonomous off; };`)
  .join("\n")}
};
`;
}

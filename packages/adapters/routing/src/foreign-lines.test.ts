import { expect, test } from "vitest";

import { foreignRedistribution } from "./foreign-lines.ts";
import { parseFrrConfig } from "./frr-config.ts";

test("kernel routes that somebody else's protocol tells are found, ours with our route map are not", () => {
  const config = parseFrrConfig(`router ospf
 redistribute kernel metric-type 1 route-map rw-anycast-4
exit
router rip
 redistribute kernel
exit
router bgp 65001
 address-family ipv4 unicast
  redistribute kernel route-map all
  redistribute kernels-of-wisdom
 exit-address-family
exit
`);
  expect(foreignRedistribution(config).map(({ context }) => context[0])).toEqual(["router rip", "router bgp 65001"]);
});

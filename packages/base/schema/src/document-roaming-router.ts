import { z } from "zod";

import { vipPairMemberSchema } from "./document-vip-pair.ts";
import { name } from "./document-values.ts";

export const roamingRouterSchema = z.strictObject({
  name: name.describe("Name of the router."),
  racks: z
    .array(name)
    .min(1)
    .describe(
      "The racks whose members leave through it. Those of their controllers that announce by `ospf` or `bgp` may own it; they are one Pacemaker cluster.",
    ),
  managementNetwork: name.default("management").describe("The network by which members reach it, in each of the racks."),
  pool: name.describe("The VIP pool that both of its addresses come from."),
  publicVip: vipPairMemberSchema.describe("Its address outside, to which what leaves is translated."),
  managementVip: vipPairMemberSchema.describe("Its address inside: the far end of the members' tunnels. Moves together with `publicVip`."),
  overlap: z
    .boolean()
    .optional()
    .describe("True lets two hosts have the VIPs for a moment when the router is moved on purpose. Absent or false: one host at any time."),
  connectionSync: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Must be false: this version does not keep the connections of a roaming router in step."),
    })
    .prefault({})
    .describe("Connection state on the standby controllers."),
});

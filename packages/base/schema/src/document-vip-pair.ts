import { z } from "zod";

import { vipAddressOfFamily } from "./document-values.ts";

export const vipPairMemberSchema = z.strictObject({
  ipv4: vipAddressOfFamily(4).optional().describe("`auto`, an address, or absent: no IPv4."),
  ipv6: vipAddressOfFamily(6).optional().describe("`auto`, an address, or absent: no IPv6."),
});

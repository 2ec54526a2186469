import { fine, finding, orFine, unseen } from "@rackway/schema";
import type { Finding } from "@rackway/schema";

import type { GatewaySight, JudgedHost } from "./host-sight.ts";

/** Next hops that answer, and how large packets may be on the way to them. */
export function checkWayOut({ wanted, gateways }: JudgedHost): Finding[] {
  const place = { check: "gateways", subject: `host/${wanted.host.name}` };
  if (!gateways.isSeen) return [unseen(place, "whether gateways answer, and to how large packets", gateways.why)];
  if (gateways.value.length === 0) return [fine(place, "the document gives this host no gateway")];
  const found = gateways.value.flatMap((gateway) => judgeGateway(place, gateway));
  const names = gateways.value.map(({ via, device, mtu }) => `${via} on ${device}, MTU ${mtu}`).join("; ");
  return orFine(place, found, `${gateways.value.length} answer`, names);
}

function judgeGateway(place: { readonly check: string; readonly subject: string }, gateway: GatewaySight): Finding[] {
  const { via, device, purpose, mtu, answersSmall, answersLarge, isNeighbor } = gateway;
  if (!isNeighbor) return [finding(place, "gateway-silent", { gateway: via, interface: device, purpose })];
  return answersSmall && !answersLarge ? [finding(place, "path-mtu", { gateway: via, interface: device, mtu })] : [];
}

/** Links to the fabric are alike. */
export function checkMtu({ wanted, drift }: JudgedHost): Finding[] {
  const place = { check: "MTU", subject: `host/${wanted.host.name}` };
  const names = wanted.anycast?.interfaces ?? [];
  if (names.length === 0) return [fine(place, "no link of this host leads to a fabric; bridges are under drift")];
  if (!drift.isSeen) return [unseen(place, "the links' MTU", drift.why)];
  const links = drift.value.observation.links.filter(({ name }) => names.includes(name));
  const absent = names.filter((name) => !links.some((link) => link.name === name));
  if (absent.length > 0) return [unseen(place, `the MTU of ${absent.join(", ")}`, "there is no such link on this host")];
  const isEven = new Set(links.map(({ mtu }) => mtu)).size <= 1;
  const mtus = links.map(({ name, mtu }) => `${name} ${mtu}`).join(", ");
  return orFine(place, isEven ? [] : [finding(place, "mtu-uneven", { mtus })], `the links to the fabric are alike: ${mtus}`);
}

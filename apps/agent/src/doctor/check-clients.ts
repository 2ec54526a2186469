import { fine, finding, orFine, toldFinding, unseen } from "@rackway/schema";
import type { Finding } from "@rackway/schema";

import { stepFindings } from "./check-drift.ts";
import type { JudgedHost } from "./host-sight.ts";

/** How to have each of them leave resolv.conf alone. */
const advice: Readonly<Record<string, string>> = {
  NetworkManager: "`dns=none` below `[main]` in a file in /etc/NetworkManager/conf.d, then `systemctl reload NetworkManager`.",
  dhclient: "Define `make_resolv_conf() { :; }` in a file in /etc/dhcp/dhclient-enter-hooks.d.",
  dhcpcd: "`nohook resolv.conf` in /etc/dhcpcd.conf.",
};

/** Whom this host asks for names and the time. */
export function checkClients({ wanted, clients }: JudgedHost): Finding[] {
  const place = { check: "names and time", subject: `host/${wanted.host.name}` };
  if (!clients.isSeen) return [unseen(place, "resolver and time source", clients.why)];
  const { pending, problems, writers, isImmutable } = clients.value;
  const found = [
    ...problems.map((problem) => toldFinding(place, problem)),
    ...stepFindings(place, pending, wanted.paused),
    ...(isImmutable ? [finding(place, "resolver-immutable", { file: "/etc/resolv.conf" })] : []),
    ...writers.map((writer) =>
      finding(place, "resolver-other-writer", {
        writer,
        advice: advice[writer] ?? `See the manual of ${writer} for how to switch that off.`,
      }),
    ),
  ];
  const { resolver, time } = wanted;
  if (resolver === null && time === null && found.length === 0) return [fine(place, "the document leaves both as they are on this host")];
  const servers = [
    ...(resolver === null ? [] : [`names by ${resolver.nameservers.join(" ")}`]),
    ...(time === null ? [] : [`the time by ${time.servers.join(" ")}`]),
  ];
  return orFine(place, found, `${servers.join(", ")}, and nobody else here writes that`);
}

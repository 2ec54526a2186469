import { fine, finding, orFine, unseen } from "@rackway/schema";
import type { Finding } from "@rackway/schema";

import type { JudgedHost } from "./host-sight.ts";
import { neededPackages, neededServices } from "./look-machine.ts";

/** Packages and daemons that the host's state takes. */
export function checkPackages({ wanted, packages }: JudgedHost): Finding[] {
  const place = { check: "packages", subject: `host/${wanted.host.name}` };
  if (!packages.isSeen) return [unseen(place, "the packages", packages.why)];
  const needed = neededPackages(wanted);
  const missing = needed.filter(({ name }) => !packages.value.has(name));
  const versions = needed.flatMap(({ name }) => (packages.value.has(name) ? [`${name} ${packages.value.get(name)}`] : []));
  return orFine(
    place,
    missing.map(({ name, purpose }) => finding(place, name === "frr" ? "frr-missing" : "package-missing", { package: name, purpose })),
    `all ${needed.length} that are needed are installed`,
    versions.join(", "),
  );
}

/** What to do about a service that is down. */
const advice: Readonly<Record<string, string>> = {
  "rackway-agent":
    "`systemctl start rackway-agent`; its log says why it ended. Traffic is not affected, and nothing is put right here until it runs.",
  pacemaker: "`systemctl start pacemaker`; `journalctl -u pacemaker` says why it ended. Until it runs, nothing that moves can be here.",
};

export function checkServices({ wanted, init }: JudgedHost): Finding[] {
  const place = { check: "services", subject: `host/${wanted.host.name}` };
  if (!init.isSeen) return [unseen(place, "the services", init.why)];
  const { name: initName, services } = init.value;
  const needed = neededServices(wanted);
  const found = needed.flatMap((service): Finding[] => {
    const seen = services[service];
    if (seen === undefined) return [unseen(place, `the service ${service}`, "it was not asked for")];
    if (!seen.installed) return [finding(place, "daemon-missing", { service, init: initName })];
    if (!seen.running)
      return [
        finding(place, "service-down", { service, advice: advice[service] ?? `\`systemctl status ${service}\` and its log say why.` }),
      ];
    return seen.enabled ? [] : [finding(place, "service-not-enabled", { service })];
  });
  return orFine(place, found, `${needed.join(", ")}: running, and enabled`);
}

export function checkGuard({ wanted, guard }: JudgedHost): Finding[] {
  const place = { check: "guard", subject: `host/${wanted.host.name}` };
  if (wanted.pacemaker === null) return [fine(place, "this host is in no Pacemaker cluster, so there is nothing to guard")];
  if (guard === "running") return [fine(place, "it is alive")];
  return [finding(place, "guard-not-running", { state: guard ?? "absent" })];
}

import type { Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";
import { parseAddress } from "@rackway/net";

import { timeServersOf } from "./compile-router-services.ts";
import { namedServers } from "./named-servers.ts";
import type { RuleContext } from "./rule-context.ts";
import { duplicateIssues } from "./rules-name-service.ts";

/** Time service of each router and service VIP: whom it follows. */
export function* timeServiceRules({ document }: RuleContext): Generator<Issue> {
  for (const { name, ntp, path: at, isCarriedOut, hasNames } of namedServers(document)) {
    if (ntp === undefined) continue;
    const path = [...at, "ntp"];
    if (!isCarriedOut) {
      yield issue("not-yet-supported", { field: "ntp", what: "time service of a router without VIPs" }, { path });
      continue;
    }
    const servers = timeServersOf(ntp).map(({ server }) => server.toLowerCase());
    yield* duplicateIssues(name, servers, [...path, "upstreams"]);
    if (hasNames) continue;
    const named = servers.findIndex((server) => !parseAddress(server).ok);
    if (named >= 0) {
      yield issue("ntp-name-without-dns", { router: name, server: servers[named] ?? "" }, { path: [...path, "upstreams", named] });
    }
  }
}

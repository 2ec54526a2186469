import { fine, finding, orFine, toldFinding, unseen } from "@rackway/schema";
import type { Finding, Step } from "@rackway/schema";

import { isDrained } from "../drain-end.ts";
import type { JudgedHost } from "./host-sight.ts";

/** More says no more. */
const stepsAtMost = 12;

/** What is in the root namespace beside what should be: bridges, addresses, routes, parameters, tables (nftables). */
export function checkDrift({ wanted, drift }: JudgedHost): Finding[] {
  const place = { check: "drift", subject: `host/${wanted.host.name}` };
  if (!drift.isSeen) return [unseen(place, "links, routes, parameters and tables of this host", drift.why)];
  const { pending, problems } = drift.value;
  const found = [...problems.map((problem) => toldFinding(place, problem)), ...stepFindings(place, pending, wanted.paused)];
  const counts = `${wanted.bridges.length} bridges, ${wanted.defaultRoutes.length + wanted.routes.length} routes, ${wanted.sysctls.length} parameters`;
  return orFine(place, found, `links, addresses, routes, parameters and tables are as the document says (${counts})`);
}

/** Steps that are left, each in words. On a paused host somebody wanted it so. */
export function stepFindings(
  place: { readonly check: string; readonly subject: string },
  steps: readonly Step[],
  isPaused: boolean,
): Finding[] {
  const severity = isPaused ? "info" : "warning";
  const shown = steps
    .slice(0, stepsAtMost)
    .map((step) => finding(place, "host-drift", { what: stepWords(step) }, { severity, seen: step.id }));
  const rest = steps.length - shown.length;
  return rest > 0 ? [...shown, finding(place, "host-drift", { what: `${rest} steps more` }, { severity })] : shown;
}

function stepWords({ action, kind, target, from, to }: Step): string {
  const values = from !== null && to !== null ? `: ${from} → ${to}` : (to ?? from) === null ? "" : `: ${to ?? from}`;
  return `${action} ${kind} ${target}${values}`;
}

export function checkPaused({ wanted }: JudgedHost): Finding[] {
  const { name } = wanted.host;
  const place = { check: "paused", subject: `host/${name}` };
  const found = [
    ...(wanted.paused ? [finding(place, "host-paused", { host: name, why: "" })] : []),
    ...(isDrained(wanted) ? [finding(place, "host-drained", { host: name, why: "" })] : []),
  ];
  return found.length > 0 ? found : [fine(place, "neither paused nor drained")];
}

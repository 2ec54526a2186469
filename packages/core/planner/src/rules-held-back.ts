import type { Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";

import type { RuleContext } from "./rule-context.ts";

/** Roaming VIPs, and what racks would announce: complete in document and plan, refused until hosts carry them out. */
export function* heldBackRules({ document }: RuleContext): Generator<Issue> {
  for (const [index, { ospf, bgp }] of document.spec.racks.entries()) {
    const path = ["spec", "racks", index];
    if (ospf !== undefined) yield issue("served-later", { field: "ospf" }, { path: [...path, "ospf"] });
    if (bgp !== undefined) yield issue("served-later", { field: "bgp" }, { path: [...path, "bgp"] });
  }
  for (const [index, vip] of document.spec.vips.entries()) {
    if (vip.mode !== "roaming") continue;
    const parameters = { field: "vips", what: `a service VIP (mode ${vip.mode})` };
    yield issue("not-yet-supported", parameters, { path: ["spec", "vips", index, "mode"] });
  }
}

/** For tests of everything else. */
export function isHeldBack({ code, path, message }: Issue): boolean {
  if (code === "served-later") return /\.(ospf|bgp)$/.test(path ?? "");
  return code === "not-yet-supported" && /mode roaming/.test(message);
}

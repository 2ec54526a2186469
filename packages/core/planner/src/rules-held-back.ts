import type { Issue } from "@rackway/errors";
import { issue } from "@rackway/errors";

import type { RuleContext } from "./rule-context.ts";

/** What racks would announce: complete in document and plan, refused until hosts carry it out. */
export function* heldBackRules({ document }: RuleContext): Generator<Issue> {
  for (const [index, { ospf, bgp }] of document.spec.racks.entries()) {
    const path = ["spec", "racks", index];
    if (ospf !== undefined) yield issue("served-later", { field: "ospf" }, { path: [...path, "ospf"] });
    if (bgp !== undefined) yield issue("served-later", { field: "bgp" }, { path: [...path, "bgp"] });
  }
}

/** For tests of everything else. */
export function isHeldBack({ code, path }: Issue): boolean {
  return code === "served-later" && /\.(ospf|bgp)$/.test(path ?? "");
}

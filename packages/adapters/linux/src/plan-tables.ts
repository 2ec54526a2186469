import type { HostTable } from "./host-tables.ts";
import { isHostTable } from "./host-tables.ts";
import type { NormalForm } from "./nftables.ts";
import { problem } from "./problem.ts";
import type { Stage } from "./stage.ts";
import { step } from "./stage.ts";

export interface TablesPlan {
  readonly replace: readonly HostTable[];
  readonly remove: readonly string[];
}

/** Which of the agent's tables to load and which to take away. `normalForms`: by table text, from `checkTable`. */
export function planTables(stage: Stage, wanted: readonly HostTable[], normalForms: ReadonlyMap<string, NormalForm>): TablesPlan {
  const replace = wanted.filter((table) => {
    const present = stage.world.tables.find(({ name }) => name === table.name);
    const normal = normalForms.get(table.text);
    const change = step(
      present === undefined ? "create" : "change",
      "nft-table",
      `inet ${table.name}`,
      present === undefined ? null : "differs",
      table.name,
    );
    if (normal?.ok === false) {
      stage.blocked.push(change);
      stage.problems.push(problem("nft-table-refused", { table: table.name, reason: normal.reason }));
      return false;
    }
    if (present !== undefined && present.listing === normal?.listing) return false;
    stage.steps.push(change);
    return true;
  });
  const remove = stage.world.tables
    .map(({ name }) => name)
    .filter((name) => isHostTable(name) && wanted.every((table) => table.name !== name));
  for (const name of remove) stage.steps.push(step("delete", "nft-table", `inet ${name}`, name, null));
  return { replace, remove };
}

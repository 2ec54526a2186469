import type { HostView } from "@rackway/schema";

import { Since } from "../parts/age.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Facts } from "../parts/facts.tsx";
import { VipLink } from "../parts/links.tsx";
import { Panel } from "../parts/panel.tsx";
import { renderInstant } from "../words/time-words.ts";

/** Who drained a host, why, and what is still on it. Nothing where it is not drained. */
export function DrainPanel({ host }: { readonly host: HostView }) {
  const { drain } = host;
  if (drain === null) return null;
  const word = host.status.drain ?? null;
  return (
    <Panel title="Drained">
      <Facts
        facts={[
          ["By", word === null ? "not known" : `${word.by}${word.reason === "" ? "" : `: ${word.reason}`}`],
          ["For", <Since key="since" instant={word?.since} />],
          ["What is left is let go", drain.deadline === null ? "when nothing is left" : renderInstant(Date.parse(drain.deadline))],
          ["Also what nobody else announces", drain.force ? "yes" : "no, that is kept"],
          ["Addresses still on it", drain.held ?? "not seen"],
        ]}
      />
      {drain.left.length === 0 ? null : (
        <DataTable
          label="What is left"
          rows={drain.left}
          keyOf={({ address }) => address}
          columns={[
            { name: "Address", cell: ({ address }) => address },
            { name: "VIP", cell: ({ vip }) => <VipLink name={vip} /> },
            { name: "Announced", cell: ({ announced, isLast }) => `${announced ? "yes" : "no"}${isLast ? ", nobody else does" : ""}` },
            { name: "Held", cell: ({ held }) => (held ? "yes" : "let go") },
            { name: "Connections", cell: ({ flows }) => flows ?? "not counted", isNumber: true },
          ]}
        />
      )}
    </Panel>
  );
}

import type { Status } from "@rackway/schema";

import { Age, Since } from "../parts/age.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Empty } from "../parts/empty.tsx";
import { HostLinks, HostOrNobody, RouterLink } from "../parts/links.tsx";
import { Panel } from "../parts/panel.tsx";
import classes from "../parts/parts.module.css";
import { Tag } from "../parts/tag.tsx";
import { ownersOf, syncWord } from "../words/router-words.ts";

/** What the drawing shows, in words: for who cannot see it, and for who wants the numbers. */
export function WhoCarries({ status: { routers, pacemaker }, at }: { readonly status: Status; readonly at: number }) {
  return (
    <div className={classes.columns}>
      <Panel title="Who carries what">
        <DataTable
          label="Who carries what"
          rows={routers}
          keyOf={({ name }) => name}
          empty={<Empty title="There is no virtual router" />}
          columns={[
            { name: "Router", cell: ({ name }) => <RouterLink name={name} /> },
            {
              name: "Carried by",
              cell: (router) =>
                ownersOf(router).length > 1 ? (
                  <Tag tone="crit">{ownersOf(router).join(" and ")}</Tag>
                ) : (
                  <HostOrNobody name={router.active} nobody="no host seen" />
                ),
            },
            { name: "For", cell: ({ activeSince }) => <Since instant={activeSince} /> },
            { name: "Connections", cell: (router) => <Tag tone={syncWord(router).tone}>{syncWord(router).text}</Tag> },
            { name: "Seen", cell: ({ ageMs }) => <Age ageMs={ageMs} at={at} /> },
          ]}
        />
      </Panel>
      <Panel title="Pacemaker clusters">
        <DataTable
          label="Pacemaker clusters"
          rows={pacemaker}
          keyOf={({ name }) => name}
          empty={<Empty title="There is no Pacemaker cluster" />}
          columns={[
            { name: "Cluster", cell: ({ name }) => name },
            {
              name: "Quorum",
              cell: ({ quorate, ageMs }) =>
                ageMs === null ? <Tag>not seen</Tag> : <Tag tone={quorate ? "ok" : "crit"}>{quorate ? "quorate" : "not quorate"}</Tag>,
            },
            { name: "DC", cell: ({ dc }) => <HostOrNobody name={dc} nobody="not seen" /> },
            { name: "Fencing", cell: ({ fencing, ageMs }) => (ageMs === null ? "not seen" : fencing) },
            { name: "Online", cell: ({ hosts }) => <HostLinks names={hosts} none="none seen" />, isLong: true },
            { name: "Seen", cell: ({ ageMs }) => <Age ageMs={ageMs} at={at} /> },
          ]}
        />
      </Panel>
    </div>
  );
}

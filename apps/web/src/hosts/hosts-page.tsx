import type { HostView } from "@rackway/schema";

import { useHosts } from "../api/queries.ts";
import { Age } from "../parts/age.tsx";
import { DataTable } from "../parts/data-table.tsx";
import type { Column } from "../parts/data-table.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { HostLink } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { SearchBox, useFound, useSearchText } from "../parts/search.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { hostWord } from "../words/host-words.ts";
import { HostTag } from "./host-tag.tsx";

export function HostsPage() {
  return (
    <>
      <PageTitle title="Hosts">Controllers carry routers and VIPs; members leave through them.</PageTitle>
      <Loaded query={useHosts()}>{({ items }, at) => <Hosts items={items} at={at} />}</Loaded>
    </>
  );
}

const wordsOf = ({ name, rack, role, addresses, status }: HostView): string =>
  [name, rack, role, hostWord(status).text, status.dc ? "dc" : "", ...Object.values(addresses).flat()].join(" ");

function Hosts({ items, at }: { readonly items: readonly HostView[]; readonly at: number }) {
  const [text, setText] = useSearchText();
  const found = useFound(items, text, wordsOf);
  if (items.length === 0) return <NoHost />;
  return (
    <>
      <SearchBox
        label="Search hosts"
        placeholder="name, rack, role, address or state"
        value={text}
        onChange={setText}
        found={found.length}
        of={items.length}
      />
      <DataTable
        label="Hosts"
        columns={columns(at)}
        rows={found}
        keyOf={({ name }) => name}
        empty={<Empty title="No host has these words" />}
      />
    </>
  );
}

function columns(at: number): Column<HostView>[] {
  return [
    { name: "Host", cell: ({ name }) => <HostLink name={name} /> },
    { name: "Rack", cell: ({ rack }) => rack },
    { name: "Role", cell: ({ role, status }) => `${role}${status.dc ? ", DC" : ""}` },
    { name: "State", cell: ({ status }) => <HostTag host={status} /> },
    { name: "VIPs announced", cell: ({ vips }) => (vips === null ? "–" : `${vips.announced} of ${vips.mayHold}`), isNumber: true },
    { name: "To do", cell: ({ pendingSteps }) => (pendingSteps.length === 0 ? "–" : `${pendingSteps.length} steps`) },
    { name: "Revision", cell: ({ revision }) => revision ?? "not seen", isNumber: true },
    { name: "Seen", cell: ({ status }) => <Age ageMs={status.ageMs} at={at} /> },
  ];
}

function NoHost() {
  return (
    <Empty title="There is no host yet">
      A document names hosts under <code>hosts</code>; then each is enrolled, and its agent reports here.
      <br />
      <Command>rackway host enroll ctl-a1</Command>
    </Empty>
  );
}

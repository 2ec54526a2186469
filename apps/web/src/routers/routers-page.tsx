import type { RouterView } from "@rackway/schema";

import { useRouters } from "../api/queries.ts";
import { Age, Since } from "../parts/age.tsx";
import { DataTable } from "../parts/data-table.tsx";
import type { Column } from "../parts/data-table.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { HostOrNobody, RouterLink } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { SearchBox, useFound, useSearchText } from "../parts/search.tsx";
import { Tag } from "../parts/tag.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { ownersOf, syncWord } from "../words/router-words.ts";

export function RoutersPage() {
  return (
    <>
      <PageTitle title="Virtual routers">Each is a rack&apos;s way out; one host carries it at a time.</PageTitle>
      <Loaded query={useRouters()}>{({ items }, at) => <Routers items={items} at={at} />}</Loaded>
    </>
  );
}

const wordsOf = ({ name, rack, status }: RouterView): string =>
  [name, rack, status.active ?? "nobody", ...status.vips.map(({ address }) => address)].join(" ");

function Routers({ items, at }: { readonly items: readonly RouterView[]; readonly at: number }) {
  const [text, setText] = useSearchText();
  const found = useFound(items, text, wordsOf);
  if (items.length === 0) return <NoRouter />;
  return (
    <>
      <SearchBox
        label="Search routers"
        placeholder="name, rack, host or address"
        value={text}
        onChange={setText}
        found={found.length}
        of={items.length}
      />
      <DataTable
        label="Virtual routers"
        columns={columns(at)}
        rows={found}
        keyOf={({ name }) => name}
        empty={<Empty title="No router has these words" />}
      />
    </>
  );
}

function columns(at: number): Column<RouterView>[] {
  return [
    { name: "Router", cell: ({ name }) => <RouterLink name={name} /> },
    { name: "Rack", cell: ({ rack, racks }) => racks?.join(", ") ?? rack },
    { name: "Carried by", cell: (router) => <CarriedBy router={router} /> },
    { name: "For", cell: ({ status }) => <Since instant={status.activeSince} /> },
    { name: "Connections", cell: ({ status }) => <Tag {...syncTag(status)} /> },
    { name: "Addresses", cell: ({ status }) => status.vips.map(({ address }) => <div key={address}>{address}</div>) },
    { name: "Seen", cell: ({ status }) => <Age ageMs={status.ageMs} at={at} /> },
  ];
}

function syncTag(status: RouterView["status"]) {
  const { tone, text } = syncWord(status);
  return { tone, children: text };
}

function CarriedBy({ router }: { readonly router: RouterView }) {
  const owners = ownersOf(router.status);
  if (owners.length > 1) return <Tag tone="crit">{owners.join(" and ")}</Tag>;
  return router.status.active === null ? <Tag tone="crit">no host seen</Tag> : <HostOrNobody name={router.status.active} />;
}

function NoRouter() {
  return (
    <Empty title="There is no virtual router yet">
      A document that names one under <code>virtualRouters</code> makes it. <code>examples/default-lab.yaml</code> shows how.
      <br />
      <Command>rackway apply -f dc1.yaml</Command>
    </Empty>
  );
}

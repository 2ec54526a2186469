import type { VipView } from "@rackway/schema";

import { useVips } from "../api/queries.ts";
import { DataTable } from "../parts/data-table.tsx";
import type { Column } from "../parts/data-table.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { HostLinks, VipLink } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { toneOf } from "../parts/problem-list.tsx";
import { SearchBox, useFound, useSearchText } from "../parts/search.tsx";
import { Tag } from "../parts/tag.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { healthTone, worstHealth } from "../words/vip-words.ts";

export function VipsPage() {
  return (
    <>
      <PageTitle title="VIPs">Service addresses, and the pairs of the virtual routers.</PageTitle>
      <Loaded query={useVips()}>{({ items }) => <Vips items={items} />}</Loaded>
    </>
  );
}

const wordsOf = ({ name, mode, namespace, addresses }: VipView): string =>
  [name, mode, namespace, ...addresses.flatMap(({ address, owners, health }) => [address, ...owners, health ?? ""])].join(" ");

function Vips({ items }: { readonly items: readonly VipView[] }) {
  const [text, setText] = useSearchText();
  const found = useFound(items, text, wordsOf);
  if (items.length === 0) return <NoVip />;
  return (
    <>
      <SearchBox
        label="Search VIPs"
        placeholder="name, address, host, mode, up or down"
        value={text}
        onChange={setText}
        found={found.length}
        of={items.length}
      />
      <DataTable label="VIPs" columns={columns} rows={found} keyOf={({ name }) => name} empty={<Empty title="No VIP has these words" />} />
    </>
  );
}

const hostsOf = (vip: VipView, key: "owners" | "announcedBy"): string[] =>
  [...new Set(vip.addresses.flatMap((address) => address[key]))].toSorted();

const columns: Column<VipView>[] = [
  { name: "VIP", cell: ({ name }) => <VipLink name={name} /> },
  { name: "Mode", cell: ({ mode }) => mode },
  { name: "Addresses", cell: ({ addresses }) => addresses.map(({ address }) => <div key={address}>{address}</div>) },
  { name: "Health", cell: (vip) => <Health vip={vip} /> },
  { name: "On", cell: (vip) => <HostLinks names={hostsOf(vip, "owners")} none="no host that was seen" />, isLong: true },
  {
    name: "Announced by",
    cell: (vip) => (vip.mode === "failover" ? "–" : <HostLinks names={hostsOf(vip, "announcedBy")} none="nobody that was seen" />),
    isLong: true,
  },
  {
    name: "Problems",
    cell: ({ problems }) =>
      problems.length === 0
        ? "–"
        : problems.map(({ code, severity, message }) => (
            <div key={`${code} ${message}`}>
              <Tag tone={toneOf[severity]} title={message}>
                {code}
              </Tag>
            </div>
          )),
  },
];

function Health({ vip }: { readonly vip: VipView }) {
  const health = worstHealth(vip);
  return health === null ? "its router's" : <Tag tone={healthTone(health)}>{health}</Tag>;
}

function NoVip() {
  return (
    <Empty title="There is no VIP yet">
      Virtual routers bring a pair each; service addresses stand under <code>vips</code> in the document, with a pool that they come from.
      <br />
      <Command>rackway apply -f examples/anycast.yaml</Command>
    </Empty>
  );
}

import type { VipDetail } from "@rackway/schema";
import { Link } from "wouter";

import { useVip } from "../api/queries.ts";
import { RecentEvents } from "../events/recent-events.tsx";
import { Age, Since } from "../parts/age.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Empty } from "../parts/empty.tsx";
import { Facts } from "../parts/facts.tsx";
import { HostLink, HostLinks, RouterLink } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Panel } from "../parts/panel.tsx";
import classes from "../parts/parts.module.css";
import { ProblemList } from "../parts/problem-list.tsx";
import { Tag } from "../parts/tag.tsx";
import type { Tone } from "../parts/tag.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { healthTone } from "../words/vip-words.ts";

export function VipPage({ name }: { readonly name: string }) {
  return (
    <>
      <PageTitle title={name} over={<Link to="/vips">VIPs</Link>} />
      <Loaded query={useVip(name)}>{(vip, at) => <Vip vip={vip} at={at} />}</Loaded>
    </>
  );
}

function Vip({ vip, at }: { readonly vip: VipDetail; readonly at: number }) {
  return (
    <>
      {vip.problems.length > 0 ? (
        <Panel title="Problems">
          <ProblemList problems={vip.problems} />
        </Panel>
      ) : null}
      <div className={classes.columns}>
        <Settings vip={vip} />
        <IfHostGoes vip={vip} />
      </div>
      <Panel title="Addresses">
        <Addresses vip={vip} at={at} />
      </Panel>
      <Panel title="On its hosts">
        <OnHosts vip={vip} at={at} />
      </Panel>
      <Backends vip={vip} />
      <RecentEvents subject={vip.router === null ? `vip/${vip.name}` : `router/${vip.router}`} />
    </>
  );
}

function Settings({ vip }: { readonly vip: VipDetail }) {
  return (
    <Panel title="As the document says">
      <Facts
        facts={[
          ["Mode", vip.mode],
          vip.router === null ? undefined : ["Of router", <RouterLink key="router" name={vip.router} />],
          ["Namespace", vip.namespace],
          ["Addresses from", vip.scope],
          ["May be on", <HostLinks key="hosts" names={vip.eligible} />],
          ["Check", vip.check ?? "nothing is asked of the service behind it"],
        ]}
      />
    </Panel>
  );
}

function IfHostGoes({ vip: { ifHostGoes } }: { readonly vip: VipDetail }) {
  return (
    <Panel title="If a host goes now">
      {ifHostGoes.length === 0 ? (
        <p className={classes.dim}>No host that carries it was seen.</p>
      ) : (
        <Facts facts={ifHostGoes.map(({ host, outcome }) => [host, outcome] as const)} />
      )}
    </Panel>
  );
}

function Addresses({ vip, at }: { readonly vip: VipDetail; readonly at: number }) {
  return (
    <DataTable
      label={`Addresses of ${vip.name}`}
      rows={vip.addresses}
      keyOf={({ address }) => address}
      columns={[
        { name: "Address", cell: ({ address }) => address },
        { name: "Given by", cell: ({ isUserDefined }) => (isUserDefined ? "the document" : "reserved") },
        { name: "Health", cell: ({ health }) => (health === null ? "its router's" : <Tag tone={healthTone(health)}>{health}</Tag>) },
        { name: "On", cell: ({ owners }) => <HostLinks names={owners} none="no host that was seen" />, isLong: true },
        {
          name: "Announced by",
          cell: ({ announcedBy }) => (vip.mode === "failover" ? "–" : <HostLinks names={announcedBy} none="nobody that was seen" />),
          isLong: true,
        },
        { name: "Why", cell: ({ reason }) => reason ?? "–", isLong: true },
        { name: "Seen", cell: ({ ageMs }) => <Age ageMs={ageMs} at={at} /> },
      ]}
    />
  );
}

type OnHost = VipDetail["hosts"][number];
const stateTone: Readonly<Record<OnHost["state"], Tone>> = { ok: "ok", drained: "info", stale: "warn", absent: "warn", offline: "crit" };
const said = (word: boolean | null): string => (word === null ? "not seen" : word ? "yes" : "no");

function OnHosts({ vip, at }: { readonly vip: VipDetail; readonly at: number }) {
  return (
    <DataTable
      label={`${vip.name} on its hosts`}
      rows={vip.hosts}
      keyOf={({ host, address }) => `${host} ${address}`}
      empty={<Empty title="No host may hold it, and none does" />}
      columns={[
        { name: "Host", cell: ({ host }) => <HostLink name={host} /> },
        { name: "Address", cell: ({ address }) => address },
        { name: "Host is", cell: ({ state }) => <Tag tone={stateTone[state]}>{state}</Tag> },
        { name: "Held", cell: ({ held }) => said(held) },
        { name: "Announced", cell: ({ announced, hold }) => `${said(announced)}${hold === null ? "" : ` (${hold})`}` },
        { name: "Health", cell: ({ health }) => (health === null ? "not seen" : <Tag tone={healthTone(health)}>{health}</Tag>) },
        { name: "Why", cell: ({ reason }) => reason ?? "–", isLong: true },
        { name: "For", cell: ({ since }) => <Since instant={since} /> },
        { name: "Seen", cell: ({ ageMs }) => <Age ageMs={ageMs} at={at} /> },
      ]}
    />
  );
}

function Backends({ vip }: { readonly vip: VipDetail }) {
  const rows = vip.hosts.flatMap(({ host, backends = [] }) => backends.map((backend) => ({ host, ...backend })));
  if (rows.length === 0) return null;
  return (
    <Panel title="Backends, as each host's HAProxy sees them">
      <DataTable
        label={`Backends of ${vip.name}`}
        rows={rows}
        keyOf={({ host, port, backend }) => `${host} ${port} ${backend}`}
        columns={[
          { name: "Host", cell: ({ host }) => <HostLink name={host} /> },
          { name: "Port", cell: ({ port }) => port, isNumber: true },
          { name: "Backend", cell: ({ backend }) => backend },
          { name: "Health", cell: ({ health }) => <Tag tone={healthTone(health)}>{health}</Tag> },
          { name: "Why", cell: ({ reason }) => reason, isLong: true },
        ]}
      />
    </Panel>
  );
}

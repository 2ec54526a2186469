import type { RouterView } from "@rackway/schema";
import { Link } from "wouter";

import { MoveAction } from "../actions/move-action.tsx";
import { useRouter, useStatus } from "../api/queries.ts";
import { RecentEvents } from "../events/recent-events.tsx";
import { Age, Since } from "../parts/age.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { Facts } from "../parts/facts.tsx";
import { HostLinks, HostOrNobody, VipLink } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Panel } from "../parts/panel.tsx";
import classes from "../parts/parts.module.css";
import { ProblemList } from "../parts/problem-list.tsx";
import { Tag } from "../parts/tag.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { serviceWord, syncWord } from "../words/router-words.ts";

export function RouterPage({ name }: { readonly name: string }) {
  const query = useRouter(name);
  return (
    <>
      <PageTitle
        title={name}
        over={<Link to="/routers">Virtual routers</Link>}
        actions={query.data === undefined ? undefined : <MoveAction router={query.data} />}
      />
      <Loaded query={query}>{(router, at) => <Router router={router} at={at} />}</Loaded>
    </>
  );
}

function Router({ router, at }: { readonly router: RouterView; readonly at: number }) {
  const problems = useStatus().data?.problems.filter(({ subject }) => subject === `router/${router.name}`) ?? [];
  return (
    <>
      {problems.length > 0 ? (
        <Panel title="Problems">
          <ProblemList problems={problems} />
        </Panel>
      ) : null}
      <div className={classes.columns}>
        <Now router={router} at={at} />
        <Settings router={router} />
      </div>
      <Panel title="Addresses">
        <Addresses router={router} />
      </Panel>
      <RecentEvents subject={`router/${router.name}`} />
    </>
  );
}

function Now({ router: { status, controllers, takeover, pacemaker }, at }: { readonly router: RouterView; readonly at: number }) {
  const { connectionSync } = status;
  const sync = syncWord(status);
  return (
    <Panel title="Now">
      <Facts
        facts={[
          ["Carried by", <HostOrNobody key="host" name={status.active} nobody="no host that was seen" />],
          ["For", <Since key="since" instant={status.activeSince} />],
          ["May be carried by", <HostLinks key="hosts" names={controllers} />],
          [
            "Connections",
            <span key="sync">
              <Tag tone={sync.tone}>{sync.text}</Tag>{" "}
              {connectionSync === null ? "" : `${connectionSync.entries} known to ${status.active === null ? "a host" : status.active}`}
              {connectionSync === null || connectionSync.lagMs === null ? "" : `, ${connectionSync.lagMs} ms behind`}
            </span>,
          ],
          ["Names", <Served key="dns" service={status.dns} />],
          [
            "Time",
            <span key="ntp">
              <Served service={status.ntp} /> {status.ntp === null ? "" : `${status.ntp.offsetMs} ms off`}
            </span>,
          ],
          [
            "Moved by",
            pacemaker === null ? "nobody: it has one controller" : `Pacemaker cluster ${pacemaker}, takeover ${takeover ?? "–"}`,
          ],
          ["Seen", <Age key="age" ageMs={status.ageMs} at={at} />],
        ]}
      />
    </Panel>
  );
}

function Served({ service }: { readonly service: { readonly healthy: boolean } | null }) {
  const { tone, text } = serviceWord(service);
  return <Tag tone={tone}>{text}</Tag>;
}

function Settings({ router }: { readonly router: RouterView }) {
  const { dns, ntp, nat } = router;
  return (
    <Panel title="As the document says">
      <Facts
        facts={[
          ["Rack", router.racks?.join(", ") ?? router.rack],
          ["Networks", [router.managementNetwork, router.publicNetwork ?? `pool ${router.pool ?? "–"}`].join(" → ")],
          ["IPv4, IPv6", `${nat.ipv4}, ${nat.ipv6}`],
          ["Name servers", dns === null ? "no name service" : dns.upstreams.join(", ") || "none: root servers"],
          dns === null || dns.localDomains.length === 0
            ? undefined
            : ["Local domains", dns.localDomains.map(({ name, servers }) => <div key={name}>{`${name}: ${servers.join(", ")}`}</div>)],
          dns === null ? undefined : ["DNSSEC", dns.dnssec ? "checked" : "not checked"],
          ["Time servers", ntp === null ? "no time service" : ntp.upstreams.join(", ") || "none"],
        ]}
      />
    </Panel>
  );
}

function Addresses({ router }: { readonly router: RouterView }) {
  return (
    <DataTable
      label={`Addresses of ${router.name}`}
      rows={router.status.vips}
      keyOf={({ name, address }) => `${name} ${address}`}
      columns={[
        { name: "Address", cell: ({ address }) => address },
        { name: "VIP", cell: ({ name }) => <VipLink name={`${router.name}/${name}`} /> },
        { name: "On", cell: ({ owners }) => <HostLinks names={owners} none="no host that was seen" /> },
      ]}
    />
  );
}

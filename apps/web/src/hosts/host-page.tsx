import type { HostView } from "@rackway/schema";
import { Link } from "wouter";

import { DrainAction } from "../actions/drain-action.tsx";
import { useHost, useStatus } from "../api/queries.ts";
import { StepList } from "../changes/step-list.tsx";
import { RecentEvents } from "../events/recent-events.tsx";
import { Age, Since } from "../parts/age.tsx";
import { Facts } from "../parts/facts.tsx";
import { RouterLink } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Panel } from "../parts/panel.tsx";
import classes from "../parts/parts.module.css";
import { ProblemList } from "../parts/problem-list.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { ownersOf } from "../words/router-words.ts";
import { DrainPanel } from "./drain-panel.tsx";
import { HostTag } from "./host-tag.tsx";

export function HostPage({ name }: { readonly name: string }) {
  const query = useHost(name);
  const actions = query.data === undefined ? undefined : <DrainAction host={query.data} />;
  return (
    <>
      <PageTitle title={name} over={<Link to="/hosts">Hosts</Link>} actions={actions} />
      <Loaded query={query}>{(host, at) => <Host host={host} at={at} />}</Loaded>
    </>
  );
}

function Host({ host, at }: { readonly host: HostView; readonly at: number }) {
  const problems = useStatus().data?.problems.filter(({ subject }) => subject === `host/${host.name}`) ?? [];
  const told = host.problems.filter(({ code }) => !problems.some((problem) => problem.code === code));
  const all = [...problems, ...told.map((problem) => ({ ...problem, severity: "warning" as const }))];
  return (
    <>
      {all.length > 0 ? (
        <Panel title="Problems">
          <ProblemList problems={all} />
        </Panel>
      ) : null}
      <div className={classes.columns}>
        <Now host={host} at={at} />
        <Settings host={host} />
      </div>
      <DrainPanel host={host} />
      <Clients host={host} />
      {host.pendingSteps.length === 0 ? null : (
        <Panel title="What its agent has still to do">
          <StepList steps={host.pendingSteps} />
        </Panel>
      )}
      <RecentEvents subject={`host/${host.name}`} />
    </>
  );
}

function Now({ host, at }: { readonly host: HostView; readonly at: number }) {
  const { status, vips } = host;
  const carried = useStatus().data?.routers.filter((router) => ownersOf(router).includes(host.name)) ?? [];
  return (
    <Panel title="Now">
      <Facts
        facts={[
          ["State", <HostTag key="state" host={status} />],
          ["Online", status.online ? "yes" : "no"],
          ["Agent", `${status.agent}${host.agentVersion === null ? "" : `, version ${host.agentVersion}`}`],
          status.paused ? ["Paused", <PausedBy key="pause" word={status.pause ?? null} />] : undefined,
          host.role === "controller"
            ? [
                "Carries",
                carried.length === 0
                  ? "no virtual router"
                  : carried.map(({ name }) => (
                      <div key={name}>
                        <RouterLink name={name} />
                      </div>
                    )),
              ]
            : undefined,
          vips === null ? undefined : ["VIP addresses", vipWords(vips)],
          ["Revision", host.revision ?? "not seen"],
          ["Seen", <Age key="age" ageMs={status.ageMs} at={at} />],
        ]}
      />
    </Panel>
  );
}

function vipWords({ mayHold, held, announced, down, silent }: NonNullable<HostView["vips"]>): string {
  const more = [down > 0 ? `${down} with a service that is down` : "", silent > 0 ? `${silent} silent` : ""].filter(Boolean).join(", ");
  return `${held} of ${mayHold} held, ${announced} announced${more === "" ? "" : `; ${more}`}`;
}

function PausedBy({ word }: { readonly word: { readonly since: string; readonly by: string; readonly reason: string } | null }) {
  if (word === null) return "not known by whom";
  return (
    <>
      for <Since instant={word.since} />, by {word.by}
      {word.reason === "" ? "" : `: ${word.reason}`}
    </>
  );
}

function Settings({ host }: { readonly host: HostView }) {
  return (
    <Panel title="As the document says">
      <Facts
        facts={[
          ["Rack", host.rack],
          ["Role", host.role],
          host.pacemaker === null ? undefined : ["Pacemaker cluster", host.pacemaker],
          ...Object.entries(host.addresses).map(
            ([network, addresses]) => [network, addresses.map((address) => <div key={address}>{address}</div>)] as const,
          ),
          ["Enrolled", host.hasToken ? "yes" : `no: rackway host enroll ${host.name}`],
        ]}
      />
    </Panel>
  );
}

function Clients({ host: { clients } }: { readonly host: HostView }) {
  if (clients === null) return null;
  const { resolver, time } = clients;
  return (
    <Panel title="Whom it asks">
      <Facts
        facts={[
          ["Names", `${resolver.nameservers.join(", ") || "nobody"}, by ${resolver.by}${resolver.ours ? "" : ", not set by Rackway"}`],
          [
            "Time",
            `${time.selected ?? "no source selected"}, by ${time.by ?? "neither chrony nor systemd-timesyncd"}${time.ours ? "" : ", not set by Rackway"}`,
          ],
          ["Clock", time.offsetMs === null ? "offset not seen" : `${time.offsetMs} ms ahead of its source`],
        ]}
      />
    </Panel>
  );
}

import { NativeSelect } from "@mantine/core";
import type { Status } from "@rackway/schema";

import { useStatus } from "../api/queries.ts";
import { RecentEvents } from "../events/recent-events.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Panel } from "../parts/panel.tsx";
import { ProblemList } from "../parts/problem-list.tsx";
import { useParameter } from "../parts/search.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { Drawing } from "./drawing.tsx";
import { layoutTopology } from "./layout.ts";
import { rackModels } from "./model.ts";
import { Summary } from "./summary.tsx";
import classes from "./topology.module.css";
import { useWidth } from "./use-width.ts";
import { WhoCarries } from "./who-carries.tsx";

export function TopologyPage() {
  const query = useStatus();
  return (
    <Loaded query={query}>
      {(status, at) =>
        status.revision === null ? (
          <NothingYet />
        ) : (
          <>
            <PageTitle title={status.cluster}>
              <Summary status={status} />
            </PageTitle>
            {status.problems.length === 0 ? null : (
              <Panel title="Problems">
                <ProblemList problems={status.problems} />
              </Panel>
            )}
            <Topology status={status} />
            <WhoCarries status={status} at={at} />
            <RecentEvents />
          </>
        )
      }
    </Loaded>
  );
}

function Topology({ status }: { readonly status: Status }) {
  const [element, width] = useWidth();
  const [vip, setVip] = useParameter("vip");
  const names = [...new Set(status.vips.map(({ name }) => name))];
  const chosen = names.includes(vip) ? vip : "";
  const announcers = chosen === "" ? null : new Set(status.vips.filter(({ name }) => name === chosen).flatMap((each) => each.announcedBy));
  return (
    <Panel
      title="Where traffic goes now"
      aside={
        names.length === 0 ? null : (
          <NativeSelect
            aria-label="Ways to show"
            value={chosen}
            onChange={(event) => setVip(event.currentTarget.value)}
            data={[{ value: "", label: "members, by their routers" }, ...names.map((name) => ({ value: name, label: `to VIP ${name}` }))]}
          />
        )
      }
    >
      <div ref={element} className={classes.frame}>
        {width === null || width === 0 ? null : <Drawing layout={layoutTopology(rackModels(status), width)} announcers={announcers} />}
      </div>
    </Panel>
  );
}

function NothingYet() {
  return (
    <>
      <PageTitle title="Topology" />
      <Empty title="No document was applied yet">
        Write the racks, hosts and routers into a file, see what it would make, and apply it.
        <br />
        <Command>rackway plan -f dc1.yaml</Command>
      </Empty>
    </>
  );
}

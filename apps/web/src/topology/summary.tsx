import type { Status } from "@rackway/schema";

import { Tag } from "../parts/tag.tsx";
import classes from "./topology.module.css";

/** The first thing an engineer looks at: is anything wrong? */
export function Summary({ status: { revision, quorate, hosts, routers, problems } }: { readonly status: Status }) {
  const online = hosts.filter((host) => host.online).length;
  const active = routers.filter((router) => router.active !== null).length;
  const isGrave = problems.some(({ severity }) => severity === "critical");
  return (
    <div className={classes.summary}>
      <Tag tone={problems.length === 0 ? "ok" : isGrave ? "crit" : "warn"}>
        {problems.length === 0 ? "no problems" : problems.length === 1 ? "1 problem" : `${problems.length} problems`}
      </Tag>
      <Tag tone={quorate ? "ok" : "crit"}>{quorate ? "quorate" : "not all quorate"}</Tag>
      <Tag tone={online === hosts.length ? "ok" : "warn"}>{`${online} of ${hosts.length} hosts online`}</Tag>
      <Tag tone={active === routers.length ? "ok" : "crit"}>{`${active} of ${routers.length} routers carried`}</Tag>
      <Tag>{`revision ${revision ?? "none"}`}</Tag>
    </div>
  );
}

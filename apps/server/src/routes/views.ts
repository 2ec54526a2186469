import { rackwayError } from "@rackway/errors";
import {
  hostListSchema,
  hostViewSchema,
  networkListSchema,
  networkViewSchema,
  poolListSchema,
  poolViewSchema,
  rackListSchema,
  rackViewSchema,
  routerListSchema,
  routerViewSchema,
  serverHealthSchema,
  statusSchema,
  vipListSchema,
  vipDetailSchema,
} from "@rackway/schema";
import { z } from "zod";

import { hostViews, networkViews, poolViews, rackViews, routerViews } from "../views.ts";
import { vipDetail, vipViews } from "../vip-views.ts";
import { answers } from "./api.ts";
import type { Api, Services } from "./api.ts";

const tags = ["views"];
const nameParams = z.object({ name: z.string() });
const pairParams = z.object({ first: z.string(), second: z.string() });

/** What is, and what should be. */
export function viewRoutes(api: Api, services: Services): void {
  const { plane, observations } = services;
  const status = () => observations.status();

  api.get(
    "/health",
    { config: { access: "anyone" }, schema: { tags, summary: "Is the server there?", response: answers(serverHealthSchema) } },
    async () => {
      const current = await plane.store.revisions.current();
      return { status: "ok" as const, version: services.version, revision: current?.revision ?? null };
    },
  );

  api.get("/status", { schema: { tags, summary: "Who carries what, from observation", response: answers(statusSchema) } }, status);

  const racks = () => rackViews(plane.view);
  const hosts = () => hostViews(plane, status());
  const routers = () => routerViews(plane.view, status());
  const pools = () => poolViews(plane.view);
  const list = <Item>(items: Item[]) => ({ revision: plane.view.current?.record.revision ?? null, items });
  const summary = (what: string): string => `All ${what} of the current revision`;

  api.get("/racks", { schema: { tags, summary: summary("racks"), response: answers(rackListSchema) } }, () => list(racks()));
  api.get("/racks/:name", { schema: { tags, summary: "One rack", params: nameParams, response: answers(rackViewSchema) } }, ({ params }) =>
    pick("rack", params.name, racks()),
  );
  api.get("/hosts", { schema: { tags, summary: summary("hosts"), response: answers(hostListSchema) } }, () => list(hosts()));
  api.get("/hosts/:name", { schema: { tags, summary: "One host", params: nameParams, response: answers(hostViewSchema) } }, ({ params }) =>
    pick("host", params.name, hosts()),
  );
  api.get("/routers", { schema: { tags, summary: summary("virtual routers"), response: answers(routerListSchema) } }, () =>
    list(routers()),
  );
  api.get(
    "/routers/:name",
    { schema: { tags, summary: "One virtual router", params: nameParams, response: answers(routerViewSchema) } },
    ({ params }) => pick("router", params.name, routers()),
  );
  api.get("/pools", { schema: { tags, summary: summary("VIP pools"), response: answers(poolListSchema) } }, () => list(pools()));
  api.get(
    "/pools/:name",
    { schema: { tags, summary: "One VIP pool", params: nameParams, response: answers(poolViewSchema) } },
    ({ params }) => pick("pool", params.name, pools()),
  );
  pairRoutes(api, services, summary);
}

/** Networks and the routers' VIPs have names of two parts. */
function pairRoutes(api: Api, { plane, observations }: Services, summary: (what: string) => string): void {
  const list = <Item>(items: Item[]) => ({ revision: plane.view.current?.record.revision ?? null, items });
  const networks = () => networkViews(plane.view);
  const seen = () => {
    const status = observations.status();
    return { view: plane.view, status, facts: observations.vipsOnHosts(status) };
  };
  const detail = (name: string) => found("VIP", name, vipDetail(seen(), name));

  api.get("/networks", { schema: { tags, summary: summary("networks"), response: answers(networkListSchema) } }, () => list(networks()));
  api.get(
    "/networks/:first/:second",
    { schema: { tags, summary: "One network: RACK/NETWORK", params: pairParams, response: answers(networkViewSchema) } },
    ({ params }) => {
      const id = `${params.first}/${params.second}`;
      return found(
        "network",
        id,
        networks().find((network) => network.id === id),
      );
    },
  );
  api.get("/vips", { schema: { tags, summary: summary("VIPs"), response: answers(vipListSchema) } }, () => list(vipViews(seen())));
  api.get(
    "/vips/:name",
    {
      schema: { tags, summary: "One service VIP, with what each host says of it", params: nameParams, response: answers(vipDetailSchema) },
    },
    ({ params }) => detail(params.name),
  );
  api.get(
    "/vips/:first/:second",
    {
      schema: {
        tags,
        summary: "A virtual router's VIP: ROUTER/public or ROUTER/management",
        params: pairParams,
        response: answers(vipDetailSchema),
      },
    },
    ({ params }) => detail(`${params.first}/${params.second}`),
  );
}

function pick<Item extends { readonly name: string }>(kind: string, name: string, items: readonly Item[]): Item {
  return found(
    kind,
    name,
    items.find((item) => item.name === name),
  );
}

function found<Item>(kind: string, name: string, item: Item | undefined): Item {
  if (item === undefined) throw rackwayError("not-found", { kind, name });
  return item;
}

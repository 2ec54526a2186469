import type { ApiClient } from "@rackway/api-client";
import { stringify } from "yaml";

import type { Part } from "./parts.ts";
import { jsonPart } from "./parts.ts";

const eventsKept = 1000;
const documentsKept = 5;

/** What the server tells of a cluster. All of it could be read by the one who asks anyway. */
export async function serverParts(api: ApiClient): Promise<Part[]> {
  const server = (name: string, ask: () => Promise<unknown>): Part => jsonPart(`server/${name}`, ask);
  const { revisions } = await api.revisions();
  const last = revisions.map(({ revision }) => revision).toSorted((left, right) => right - left);
  return [
    server("version", () => api.health()),
    server("status", () => api.status()),
    server("problems", async () => (await api.status()).problems),
    server("history", () => api.revisions()),
    // The document as it was understood, not the files: in their comments anything may stand.
    ...last.slice(0, documentsKept).map((revision): Part => ({
      path: `server/document-${revision}.yaml`,
      read: async () => stringify((await api.document(revision)).document),
    })),
    server("racks", () => api.racks()),
    server("networks", () => api.networks()),
    server("hosts", () => api.hosts()),
    server("routers", () => api.routers()),
    server("vips", () => api.vips()),
    server("pools", () => api.pools()),
    server("operations", () => api.operations()),
    server("events", () => api.events({ limit: eventsKept })),
    // Where a rack boots, a thousand events are an hour.
    server("events-warning", () => api.events({ limit: eventsKept, minSeverity: "warning" })),
    server("doctor", async () => {
      const [{ lookAtCluster }, { judgeCluster }] = await Promise.all([
        import("../doctor/cluster-sight.ts"),
        import("../doctor/cluster-checks.ts"),
      ]);
      return judgeCluster(await lookAtCluster(api, () => undefined));
    }),
  ];
}

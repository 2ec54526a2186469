import type { EventQuery } from "@rackway/schema";

import { useLiveQuery } from "./live-query.ts";

/** One hook for each thing that the API shows. Lists carry all that a row and a search need. */
export const useStatus = () => useLiveQuery(["status"], (client) => client.status(), 2000);
export const useHosts = () => useLiveQuery(["hosts"], (client) => client.hosts());
export const useHost = (name: string) => useLiveQuery(["hosts", name], (client) => client.host(name), 2000);
export const useRouters = () => useLiveQuery(["routers"], (client) => client.routers());
export const useRouter = (name: string) => useLiveQuery(["routers", name], (client) => client.router(name), 2000);
export const useVips = () => useLiveQuery(["vips"], (client) => client.vips());
export const useVip = (name: string) => useLiveQuery(["vips", name], (client) => client.vip(name), 2000);
export const useRevisions = () => useLiveQuery(["revisions"], (client) => client.revisions(), 30_000);
export const useEvents = (query: EventQuery) => useLiveQuery(["events", query], (client) => client.events(query), 30_000);
export const useDiff = (from: number, to: number) => useLiveQuery(["diff", from, to], (client) => client.diff(from, to), 300_000);
export const useDocument = (revision: number) => useLiveQuery(["document", revision], (client) => client.document(revision), 300_000);
export const useOperation = (id: string) => useLiveQuery(["operations", id], (client) => client.operation(id), 1000);

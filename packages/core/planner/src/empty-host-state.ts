import type { HostState } from "@rackway/schema";

/** Of a host that has left the document: all of ours is to be removed. It cannot be paused: nobody could resume it. */
export function emptyHostState(cluster: string, revision: number, host: HostState["host"]): HostState {
  return {
    schema: 1,
    cluster,
    revision,
    host,
    paused: false,
    bridges: [],
    sysctls: [],
    defaultRoutes: [],
    routes: [],
    hostRouters: [],
    pacemaker: null,
    anycast: null,
    routing: null,
    quorumServer: null,
    health: [],
    resolver: null,
    time: null,
  };
}

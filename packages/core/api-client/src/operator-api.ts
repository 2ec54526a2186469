import type {
  ApplyRequest,
  ApplyResponse,
  Diff,
  DrainRequest,
  DocumentFile,
  EventList,
  EventQuery,
  ServerHealth,
  HostFlags,
  HostToken,
  HostView,
  NetworkView,
  Operation,
  OperationList,
  OperationRequest,
  Plan,
  PoolView,
  RackView,
  Revision,
  RevisionDocument,
  RevisionList,
  RollbackRequest,
  RouterView,
  Status,
  VipDetail,
  VipView,
} from "@rackway/schema";

import type { ApiRequest } from "./api-request.ts";

export interface ListOf<Item> {
  readonly revision: number | null;
  readonly items: Item[];
}

/** The operator's half of the API. Every method throws `RackwayError` when it is refused or cannot be asked. */
export interface OperatorApi {
  health(): Promise<ServerHealth>;
  /** Asks the agents to look at their hosts again, so it may take three seconds. Changes nothing. */
  plan(files: readonly DocumentFile[]): Promise<Plan>;
  apply(request: ApplyRequest): Promise<ApplyResponse>;
  rollback(request?: RollbackRequest): Promise<ApplyResponse>;
  /** Keeps a revision that is undone unless it is confirmed; without a number: the current one. */
  confirm(revision?: number): Promise<Revision>;
  revisions(): Promise<RevisionList>;
  revision(revision: number): Promise<Revision>;
  document(revision: number): Promise<RevisionDocument>;
  diff(from: number, to: number): Promise<Diff>;
  /** The current document as YAML. */
  export(): Promise<string>;
  status(): Promise<Status>;
  racks(): Promise<ListOf<RackView>>;
  rack(name: string): Promise<RackView>;
  networks(): Promise<ListOf<NetworkView>>;
  /** `id` is `RACK/NETWORK`. */
  network(id: string): Promise<NetworkView>;
  hosts(): Promise<ListOf<HostView>>;
  host(name: string): Promise<HostView>;
  routers(): Promise<ListOf<RouterView>>;
  router(name: string): Promise<RouterView>;
  vips(): Promise<ListOf<VipView>>;
  /** A router's are named `ROUTER/public` and `ROUTER/management`. */
  vip(name: string): Promise<VipDetail>;
  pools(): Promise<ListOf<PoolView>>;
  pool(name: string): Promise<PoolView>;
  events(query?: EventQuery): Promise<EventList>;
  /** Terms that are not given: the server's, or those that stand. */
  drain(host: string, reason?: string, terms?: Omit<DrainRequest, "reason">): Promise<HostFlags>;
  undrain(host: string): Promise<HostFlags>;
  pause(host: string, reason?: string): Promise<HostFlags>;
  unpause(host: string): Promise<HostFlags>;
  /** Makes a new token for the host's agent, and ends the old one. */
  createHostToken(host: string): Promise<HostToken>;
  deleteHostToken(host: string): Promise<void>;
  startOperation(request: OperationRequest): Promise<Operation>;
  operation(id: string): Promise<Operation>;
  operations(): Promise<OperationList>;
}

/** Sends one request and gives the answer's text. Throws `RackwayError` for a status of 400 and more, and when no answer came. */
export type Send = (request: ApiRequest) => Promise<{ readonly text: string }>;

/** The operator's half over any way to send a request: Node's sockets (`client.ts`), a browser's fetch (`browser.ts`). */
export function createOperatorApi(send: Send): OperatorApi {
  const call = async <Body>(request: ApiRequest): Promise<Body> => JSON.parse((await send(request)).text) as Body;
  const get = <Body>(path: string): Promise<Body> => call<Body>({ method: "GET", path });
  const post = <Body>(path: string, body?: unknown): Promise<Body> => call<Body>({ method: "POST", path, body });
  const segment = (text: string): string => encodeURIComponent(text);
  const segments = (text: string): string => text.split("/").map(encodeURIComponent).join("/");
  const flag = (host: string, name: "drain" | "pause", method: "PUT" | "DELETE", reason?: string): Promise<HostFlags> =>
    call({ method, path: `/hosts/${segment(host)}/${name}`, body: reason === undefined ? undefined : { reason } });

  return {
    health: () => get("/health"),
    plan: (files) => post("/plan", { files }),
    apply: (request) => post("/apply", request),
    rollback: (request = {}) => post("/rollback", request),
    confirm: (revision) => post("/confirm", revision === undefined ? {} : { revision }),
    revisions: () => get("/revisions"),
    revision: (revision) => get(`/revisions/${revision}`),
    document: (revision) => get(`/revisions/${revision}/document`),
    diff: (from, to) => get(`/diff?from=${from}&to=${to}`),
    export: async () => (await send({ method: "GET", path: "/export", headers: { accept: "application/yaml, */*" } })).text,
    status: () => get("/status"),
    racks: () => get("/racks"),
    rack: (name) => get(`/racks/${segment(name)}`),
    networks: () => get("/networks"),
    network: (id) => get(`/networks/${segments(id)}`),
    hosts: () => get("/hosts"),
    host: (name) => get(`/hosts/${segment(name)}`),
    routers: () => get("/routers"),
    router: (name) => get(`/routers/${segment(name)}`),
    vips: () => get("/vips"),
    vip: (name) => get(`/vips/${segments(name)}`),
    pools: () => get("/pools"),
    pool: (name) => get(`/pools/${segment(name)}`),
    events: (query = {}) => get(`/events${renderQuery(query)}`),
    drain: (host, reason, terms = {}) =>
      call({ method: "PUT", path: `/hosts/${segment(host)}/drain`, body: reason === undefined ? terms : { reason, ...terms } }),
    undrain: (host) => flag(host, "drain", "DELETE"),
    pause: (host, reason) => flag(host, "pause", "PUT", reason),
    unpause: (host) => flag(host, "pause", "DELETE"),
    createHostToken: (host) => post(`/hosts/${segment(host)}/token`),
    deleteHostToken: async (host) => {
      await send({ method: "DELETE", path: `/hosts/${segment(host)}/token` });
    },
    startOperation: (request) => post("/operations", request),
    operation: (id) => get(`/operations/${segment(id)}`),
    operations: () => get("/operations"),
  };
}

/** `?a=1&b=2`, or nothing; undefined values are left out. */
export function renderQuery(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string" || typeof value === "number") query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}

import type { Status } from "@rackway/schema";
import type { Paint } from "./paint.ts";
import { renderProblems } from "./problem-text.ts";
import { type Column, foldText, renderTable } from "./table.ts";
import { renderHosts } from "./vip-text.ts";
import { renderAge, renderCount, renderDuration } from "./words.ts";

type HostRow = Status["hosts"][number];
type PacemakerRow = Status["pacemaker"][number];
interface RouterRow {
  router: Status["routers"][number];
  vip: Status["routers"][number]["vips"][number] | null;
  isFirst: boolean;
  observedAt: string;
}

export interface StatusTextOptions {
  isWide: boolean;
  width: number;
  /** Shown after the cluster's name: whose view this is. */
  view: string | null;
}

/** A status for people: the cluster in one line, then who carries what, and at the end what is wrong, in words. */
export function renderStatus(status: Status, paint: Paint, options: StatusTextOptions): string {
  const width = options.isWide ? null : options.width;
  const table = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
    rows.length === 0
      ? ""
      : renderTable(
          columns.filter((column) => options.isWide || column.wide !== true),
          rows,
          width,
        );
  const sections = [
    table(pacemakerColumns(paint, status.pacemaker), status.pacemaker),
    table(routerColumns(paint), routerRows(status)),
    table(vipColumns(paint), foldVips(status.vips, options.isWide)),
    table(hostColumns(paint, options.view !== null), status.hosts),
  ].filter((section) => section !== "");
  return `${[`${renderHeadline(status, paint, options)}\n`, ...sections, renderProblems(status, paint, options.width)].join("\n")}`;
}

function renderHeadline(status: Status, paint: Paint, options: StatusTextOptions): string {
  if (status.cluster === "") return paint.bold("Nothing has been applied yet. Make a first revision: rackway apply -f FILE");
  const hostsUp = status.hosts.filter((host) => host.online).length;
  const active = status.routers.filter((router) => router.active !== null).length;
  // A member, asked for its own view, is in no Pacemaker cluster and has no router.
  const isOutside = options.view !== null && status.pacemaker.length === 0;
  const facts = [
    status.revision === null ? "no revision" : `revision ${status.revision}${renderUnconfirmed(status)}`,
    isOutside ? "in no Pacemaker cluster" : status.quorate ? "quorate" : "NOT QUORATE",
    ...(isOutside ? [] : [`${hostsUp} of ${renderCount(status.hosts.length, "host")} online`]),
    ...(isOutside && status.routers.length === 0 ? [] : [`${active} of ${renderCount(status.routers.length, "router")} active`]),
  ];
  const view = options.view === null ? "" : ` (${options.view})`;
  return foldText(`${status.cluster}${view}: ${facts.join(", ")}`, options.width)
    .map((line) => paint.bold(line).replace("NOT QUORATE", paint.red("NOT QUORATE")))
    .join("\n");
}

function renderUnconfirmed({ unconfirmed }: Status): string {
  return unconfirmed ? ` (to be confirmed within ${renderDuration(unconfirmed.leftMs)})` : "";
}

function pacemakerColumns(paint: Paint, rows: readonly PacemakerRow[]): Column<PacemakerRow>[] {
  const device: Column<PacemakerRow> = {
    title: "DEVICE",
    cell: ({ quorumDevice }) => (quorumDevice ? `${quorumDevice.host}${quorumDevice.connected.length === 0 ? ": LOST" : ""}` : "-"),
    paint: (text, { quorumDevice }) => (quorumDevice?.connected.length === 0 ? paint.yellow(text) : text),
  };
  return [
    { title: "PACEMAKER", cell: (row) => row.name },
    { title: "QUORUM", cell: (row) => (row.quorate ? "yes" : "NO"), paint: (text, row) => (row.quorate ? text : paint.red(text)) },
    { title: "DC", cell: (row) => row.dc ?? "-" },
    { title: "FENCING", cell: (row) => row.fencing },
    { title: "TAKEOVER", cell: (row) => row.takeover },
    ...(rows.some(({ quorumDevice }) => quorumDevice) ? [device] : []),
    { title: "SEEN", cell: (row) => renderAge(row.ageMs) },
    { title: "HOSTS", cell: (row) => row.hosts.join(", ") },
  ];
}

function routerRows(status: Status): RouterRow[] {
  const { observedAt } = status;
  return status.routers.flatMap((router): RouterRow[] =>
    router.vips.length === 0
      ? [{ router, vip: null, isFirst: true, observedAt }]
      : router.vips.map((vip, index) => ({ router, vip, isFirst: index === 0, observedAt })),
  );
}

function routerColumns(paint: Paint): Column<RouterRow>[] {
  const once = (text: (router: RouterRow["router"]) => string) => (row: RouterRow) => (row.isFirst ? text(row.router) : "");
  return [
    { title: "ROUTER", cell: once((router) => router.name) },
    { title: "RACK", wide: true, cell: once((router) => router.racks?.join(", ") ?? router.rack) },
    {
      title: "ACTIVE",
      cell: once((router) => router.active ?? "NONE"),
      paint: (text, row) => (row.router.active === null ? paint.red(text) : paint.green(text)),
    },
    { title: "FOR", cell: (row) => (row.isFirst ? renderTenure(row) : "") },
    {
      title: "IN STEP",
      cell: once(renderSync),
      paint: (text, row) => (row.router.connectionSync?.inStep === false ? paint.yellow(text) : text),
    },
    { title: "FLOWS", wide: true, align: "right", cell: once((router) => String(router.connectionSync?.entries ?? "-")) },
    { title: "SEEN", cell: once((router) => renderAge(router.ageMs)) },
    { title: "VIP", cell: (row) => row.vip?.name ?? "-" },
    { title: "ADDRESS", cell: (row) => row.vip?.address ?? "-" },
    {
      title: "ON",
      cell: (row) => (row.vip ? row.vip.owners.join(", ") || "NONE" : "-"),
      paint: (text, row) => (row.vip && row.vip.owners.length !== 1 ? paint.red(text) : text),
    },
  ];
}

/** How long the active host has carried it; `-` where that is not known. */
function renderTenure({ router, observedAt }: RouterRow): string {
  if (router.active === null || !router.activeSince) return "-";
  return renderDuration(Math.max(0, Date.parse(observedAt) - Date.parse(router.activeSince)));
}

/** Whether a standby holds the connections' state, so that they survive a takeover. */
function renderSync(router: RouterRow["router"]): string {
  if (router.connectionSync === null) return "-";
  return router.connectionSync.inStep ? "yes" : "no";
}

type VipRow = Status["vips"][number];

/** More addresses of a namespace than this are folded where they stand alike: a thousand VIPs that are well are one line. */
const fewVipRows = 16;

function foldVips(vips: readonly VipRow[], isWide: boolean): VipRow[] {
  if (isWide) return [...vips];
  return [...Map.groupBy(vips, ({ namespace }) => namespace).values()].flatMap((rows) => {
    if (rows.length <= fewVipRows) return rows;
    const alike = Map.groupBy(rows, (row) => JSON.stringify([row.mode, row.eligible, row.owners, row.announcedBy, row.health]));
    return [...alike.values()].map(foldRows);
  });
}

/** Named by the first; as old as the oldest of them. */
function foldRows(rows: readonly VipRow[]): VipRow {
  const [first] = rows as readonly [VipRow, ...VipRow[]];
  if (rows.length === 1) return first;
  const names = new Set(rows.map(({ name }) => name)).size;
  const ages = rows.flatMap(({ ageMs }) => ageMs ?? []);
  return {
    ...first,
    name: names === 1 ? first.name : `${renderCount(names, "VIP")} of ${first.namespace}`,
    address: renderCount(rows.length, "address", "addresses"),
    ageMs: ages.length === rows.length ? Math.max(...ages) : null,
  };
}

function vipColumns(paint: Paint): Column<VipRow>[] {
  return [
    { title: "VIP", cell: (row) => row.name },
    { title: "MODE", cell: (row) => row.mode },
    { title: "NAMESPACE", wide: true, cell: (row) => row.namespace },
    { title: "ADDRESS", cell: (row) => row.address },
    { title: "ON", cell: (row) => renderHosts(row, row.owners) || "NONE" },
    { title: "ANNOUNCED BY", cell: (row) => (row.mode === "failover" ? "-" : renderHosts(row, row.announcedBy) || "NONE") },
    { title: "HEALTH", cell: (row) => row.health, paint: (text, row) => (row.health === "down" ? paint.red(text) : text) },
    { title: "SEEN", cell: (row) => renderAge(row.ageMs) },
  ];
}

function hostColumns(paint: Paint, isLocal: boolean): Column<HostRow>[] {
  return [
    { title: "HOST", cell: (row) => row.name },
    { title: "RACK", cell: (row) => row.rack },
    { title: "ROLE", cell: (row) => (row.dc ? `${row.role}, DC` : row.role) },
    { title: "ONLINE", cell: (row) => (row.online ? "yes" : "NO"), paint: (text, row) => (row.online ? text : paint.red(text)) },
    {
      title: "AGENT",
      // One host alone cannot see the agents of the others.
      cell: (row) => (isLocal && row.ageMs === null ? "-" : row.agent),
      paint: (text, row) => (row.agent === "ok" ? text : paint.yellow(text)),
    },
    { title: "STATE", cell: renderHostState },
    { title: "SEEN", cell: (row) => renderAge(row.ageMs) },
  ];
}

/** `converged`, `converging`, with `drained` and `paused` where they hold; `-` when nothing is known. */
export function renderHostState(host: Pick<HostRow, "converged" | "drained" | "paused">): string {
  const convergence = host.converged === null ? "-" : host.converged ? "converged" : "converging";
  const flags = [host.drained ? "drained" : "", host.paused ? "paused" : ""].filter((flag) => flag !== "");
  return flags.length === 0 ? convergence : [...flags, ...(host.converged === false ? ["pending steps"] : [])].join(", ");
}

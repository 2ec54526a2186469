import type { PlacedRouter, RackModel } from "./model.ts";

/**
 * Where everything of the drawing lies, in pixels from the drawing's corner. Pure: the same racks and width give the same places.
 *
 * The fabric is a bar on top. Under it the racks, as many in a row as fit. In a rack, from above: its ToR, the public side, the controllers, the
 * routers that they carry (each under its host, so that a router that moves goes sideways), the management side, the members.
 */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedBox extends Box {
  readonly name: string;
}

export interface RouterPlace extends PlacedBox {
  readonly placed: PlacedRouter;
  /** Null: no host was seen with it. */
  readonly host: string | null;
}

export interface RackPlace extends Box {
  readonly rack: RackModel;
  readonly tor: Box;
  readonly controllers: readonly PlacedBox[];
  readonly routers: readonly RouterPlace[];
  readonly members: readonly PlacedBox[];
  /** Height of the line on each side. */
  readonly publicY: number;
  readonly managementY: number;
  /** From the ToR to the fabric. */
  readonly uplink: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly fabric: Box;
  readonly racks: readonly RackPlace[];
}

const fabricHeight = 34;
const padding = 14;
const rackMinWidth = 330;
const rackMaxWidth = 640;
const headHeight = 46;
const torHeight = 30;
const controllerHeight = 62;
const routerHeight = 30;
const memberHeight = 40;
const boxGap = 10;
const sideGap = 22;

export function layoutTopology(racks: readonly RackModel[], width: number): Layout {
  const gap = width < 500 ? 14 : 24;
  const perRow = Math.max(1, Math.min(racks.length, Math.floor((width - gap) / (rackMinWidth + gap))));
  const rackWidth = Math.min(rackMaxWidth, Math.floor((width - gap * (perRow + 1)) / perRow));
  const left = Math.max(gap, Math.floor((width - perRow * rackWidth - (perRow - 1) * gap) / 2));
  const fabric = { x: left, y: 0, width: perRow * rackWidth + (perRow - 1) * gap, height: fabricHeight };
  const places: RackPlace[] = [];
  let y = fabricHeight + 34;
  for (let start = 0; start < racks.length; start += perRow) {
    const row = racks
      .slice(start, start + perRow)
      .map((rack, column) => placeRack(rack, { x: left + column * (rackWidth + gap), y, width: rackWidth }, start > 0 ? gap / 2 : null));
    places.push(...row);
    y += Math.max(...row.map(({ height }) => height)) + gap + 10;
  }
  return { width, height: racks.length === 0 ? fabricHeight : y - gap - 10 + 1, fabric, racks: places };
}

function placeRack(rack: RackModel, at: { x: number; y: number; width: number }, asideBy: number | null): RackPlace {
  const inner = { x: at.x + padding, width: at.width - 2 * padding };
  const tor = { x: at.x + at.width / 2 - 55, y: at.y + headHeight, width: 110, height: torHeight };
  const publicY = tor.y + torHeight + sideGap / 2 + 2;
  const controllers = placeBoxes(
    rack.controllers.map(({ name }) => name),
    inner,
    publicY + sideGap / 2 + 4,
    controllerHeight,
  );
  const afterControllers = bottomOf(controllers, publicY + sideGap / 2);
  const routers = placeRouters(rack, controllers, inner, afterControllers + 8);
  const managementY = bottomOf(routers, afterControllers + 8 + (rack.controllers.length > 0 ? routerHeight : 0)) + sideGap / 2 + 4;
  const members = placeBoxes(
    rack.members.map(({ name }) => name),
    inner,
    managementY + sideGap / 2 + 4,
    memberHeight,
  );
  const height = bottomOf(members, managementY) + padding - at.y;
  const middle = tor.x + tor.width / 2;
  // A rack in a lower row goes up beside the racks above it.
  const aside = asideBy === null ? "" : `V${at.y - 17} H${at.x - asideBy}`;
  const uplink = `M${middle} ${tor.y} ${aside} V${fabricHeight}`;
  return { ...at, height, rack, tor, controllers, routers, members, publicY, managementY, uplink };
}

/** Boxes of one kind, in rows of at most four that share the width. */
function placeBoxes(names: readonly string[], { x, width }: { x: number; width: number }, y: number, height: number): PlacedBox[] {
  const most = width >= 440 ? 4 : 3;
  const rows = Math.ceil(names.length / most);
  const perRow = Math.max(1, Math.min(most, Math.ceil(names.length / Math.max(1, rows))));
  const boxWidth = Math.min(170, (width - (perRow - 1) * boxGap) / perRow);
  const left = x + (width - perRow * boxWidth - (perRow - 1) * boxGap) / 2;
  return names.map((name, index) => ({
    name,
    x: left + (index % perRow) * (boxWidth + boxGap),
    y: y + Math.floor(index / perRow) * (height + boxGap),
    width: boxWidth,
    height,
  }));
}

/** Every router has a line of its own in its rack, and stands under the host that carries it; one that is nowhere stands in the middle. */
function placeRouters(rack: RackModel, controllers: readonly PlacedBox[], inner: { x: number; width: number }, y: number): RouterPlace[] {
  return rack.routers.flatMap((placed, line): RouterPlace[] => {
    const hosts = controllers.filter(({ name }) => placed.owners.includes(name));
    const box = { y: y + line * (routerHeight + 6), height: routerHeight, name: placed.router.name, placed };
    if (hosts.length > 0) return hosts.map((host) => ({ ...box, x: host.x, width: host.width, host: host.name }));
    const width = Math.min(170, inner.width);
    return [{ ...box, x: inner.x + (inner.width - width) / 2, width, host: null }];
  });
}

function bottomOf(boxes: readonly Box[], without: number): number {
  return boxes.length === 0 ? without : Math.max(...boxes.map(({ y, height }) => y + height));
}

/** The way that traffic takes between the fabric and a point below: along the lines of the public and the management side. */
export function pathThrough(rack: RackPlace, controller: PlacedBox): { readonly up: string; readonly down: readonly string[] } {
  const torX = rack.tor.x + rack.tor.width / 2;
  const x = controller.x + controller.width / 2;
  const up = `M${x} ${controller.y} V${rack.publicY} H${torX} V${rack.tor.y + rack.tor.height}`;
  const down = rack.members.map(
    (member) => `M${member.x + member.width / 2} ${member.y} V${rack.managementY} H${x} V${controller.y + controller.height}`,
  );
  return { up, down };
}

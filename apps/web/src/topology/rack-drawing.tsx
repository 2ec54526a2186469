import type { HostStatus } from "../words/host-words.ts";
import { hostWord } from "../words/host-words.ts";
import { hostPath } from "../parts/links.tsx";
import { clip } from "./clip.ts";
import { pathThrough } from "./layout.ts";
import type { PlacedBox, RackPlace } from "./layout.ts";
import type { PacemakerStatus } from "./model.ts";
import { RouterPill } from "./router-pill.tsx";
import { SvgLink } from "./svg-link.tsx";
import classes from "./topology.module.css";

interface RackDrawingProps {
  readonly place: RackPlace;
  readonly announcers: ReadonlySet<string> | null;
}

/** One rack: what is in it, who carries what, and the ways that traffic takes now. */
export function RackDrawing({ place, announcers }: RackDrawingProps) {
  const { rack, tor, controllers, members, routers } = place;
  const statusOf = new Map([...rack.controllers, ...rack.members].map((host) => [host.name, host]));
  return (
    <g>
      <rect x={place.x} y={place.y} width={place.width} height={place.height} rx="12" className={classes.rack} />
      <Wires place={place} />
      <Ways place={place} announcers={announcers} />
      <text x={place.x + 14} y={place.y + 22} className={classes.rackName}>
        {rack.name}
      </text>
      <text x={place.x + 14} y={place.y + 39} className={classes.quorum} data-bad={isShaky(rack.pacemaker) ? "" : undefined}>
        {clip(rack.pacemaker.map(quorumWords).join("; ") || "no Pacemaker cluster", place.width - 28, 6.3)}
      </text>
      <rect {...tor} rx="7" className={classes.tor} />
      <text x={tor.x + tor.width / 2} y={tor.y + 20} className={classes.middle}>
        ToR
      </text>
      {[...controllers, ...members].map((box) => {
        const host = statusOf.get(box.name);
        return host === undefined ? null : (
          <HostBox
            key={box.name}
            box={box}
            host={host}
            vips={rack.announced.get(box.name) ?? []}
            isLit={announcers?.has(box.name) === true}
          />
        );
      })}
      {routers.map((router) => (
        <RouterPill key={`${router.name} ${router.placed.owners.length > 1 ? router.host : ""}`} place={router} />
      ))}
    </g>
  );
}

function isShaky(clusters: readonly PacemakerStatus[]): boolean {
  return clusters.some(({ quorate, ageMs }) => !quorate || ageMs === null);
}

function quorumWords({ name, quorate, fencing, dc, hosts, ageMs }: PacemakerStatus): string {
  if (ageMs === null) return `${name}: not seen`;
  const quorum = quorate ? "quorate" : "NOT QUORATE";
  return `${quorum} with ${hosts.length} · fencing ${fencing} · DC ${dc ?? "none"}`;
}

/** What is laid, whether or not anything goes over it. */
function Wires({ place: { tor, publicY, managementY, controllers, members } }: { readonly place: RackPlace }) {
  const middles = (boxes: readonly PlacedBox[]) => boxes.map(({ x, width }) => x + width / 2);
  const torX = tor.x + tor.width / 2;
  const above = [torX, ...middles(controllers)];
  const below = [...middles(controllers), ...middles(members)];
  const line = (xs: readonly number[], y: number) => (xs.length < 2 ? "" : `M${Math.min(...xs)} ${y} H${Math.max(...xs)}`);
  const drops = [
    `M${torX} ${tor.y + tor.height} V${publicY}`,
    ...controllers.map(
      (box) => `M${box.x + box.width / 2} ${publicY} V${box.y} M${box.x + box.width / 2} ${box.y + box.height} V${managementY}`,
    ),
    ...members.map((box) => `M${box.x + box.width / 2} ${managementY} V${box.y}`),
  ];
  return (
    <path
      aria-hidden="true"
      className={classes.wire}
      d={[line(above, publicY), line(members.length > 0 ? below : [], managementY), ...drops].join(" ")}
    />
  );
}

/** The ways of now: members by the host that carries the router, or the fabric to the hosts that announce a VIP. */
function Ways({ place, announcers }: { readonly place: RackPlace; readonly announcers: ReadonlySet<string> | null }) {
  const torX = place.tor.x + place.tor.width / 2;
  const carriers = place.controllers.filter(({ name }) =>
    announcers === null ? place.routers.some((router) => router.host === name) : announcers.has(name),
  );
  if (carriers.length === 0) return null;
  const lines = carriers.flatMap((controller) => {
    const { up, down } = pathThrough(place, controller);
    return announcers === null ? [up, ...down] : [up];
  });
  return (
    <g
      aria-hidden="true"
      key={carriers.map(({ name }) => name).join(" ")}
      className={classes.ways}
      data-way={carriers.map(({ name }) => name).join(" ")}
    >
      <path d={place.uplink} className={classes.way} data-down={announcers === null ? undefined : ""} />
      {lines.map((d) => (
        <path key={d} d={d} className={classes.way} data-down={announcers === null ? undefined : ""} />
      ))}
      <circle cx={torX} cy={place.publicY} r="3.5" className={classes.knot} />
    </g>
  );
}

interface HostBoxProps {
  readonly box: PlacedBox;
  readonly host: HostStatus;
  readonly vips: readonly string[];
  readonly isLit: boolean;
}

function HostBox({ box, host, vips, isLit }: HostBoxProps) {
  const { tone, text } = hostWord(host);
  const isController = host.role === "controller";
  const count = vips.length === 1 ? (vips[0] ?? "") : `${vips.length} VIPs`;
  const more = vips.length === 0 ? "" : box.width < 130 ? count : `announces ${count}`;
  return (
    <SvgLink to={hostPath(host.name)} label={[host.name, text, host.dc ? "DC" : "", more].filter(Boolean).join(", ")}>
      <rect
        x={box.x}
        y={box.y}
        width={box.width}
        height={box.height}
        rx="8"
        className={classes.host}
        data-tone={tone}
        data-lit={isLit ? "" : undefined}
      />
      <text x={box.x + 10} y={box.y + (isController ? 20 : 17)} className={classes.hostName}>
        {clip(host.name, box.width - 20, 7.6)}
      </text>
      <text x={box.x + 10} y={box.y + (isController ? 37 : 32)} className={classes.hostState} data-tone={tone}>
        {clip(`${text}${host.dc ? " · DC" : ""}`, box.width - 20, 6.2)}
      </text>
      {isController && more !== "" ? (
        <text x={box.x + 10} y={box.y + 53} className={classes.hostState}>
          {clip(more, box.width - 20, 6.2)}
        </text>
      ) : null}
    </SvgLink>
  );
}

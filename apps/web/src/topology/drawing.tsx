import type { Layout } from "./layout.ts";
import { RackDrawing } from "./rack-drawing.tsx";
import classes from "./topology.module.css";

interface DrawingProps {
  readonly layout: Layout;
  /** Hosts that announce the VIP that is looked at; null: the routers' ways are shown. */
  readonly announcers: ReadonlySet<string> | null;
}

/** Fabric and racks. Every box is a link to its page, in the order in which a reader would go through them. */
export function Drawing({ layout: { width, height, fabric, racks }, announcers }: DrawingProps) {
  return (
    <svg className={classes.drawing} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label="Topology">
      <g aria-hidden="true">
        {racks.map(({ rack, uplink }) => (
          <path key={rack.name} d={uplink} className={classes.wire} />
        ))}
        <rect {...fabric} rx="9" className={classes.fabric} />
        <text x={fabric.x + fabric.width / 2} y={fabric.y + 22} className={classes.fabricText}>
          fabric and internet
        </text>
      </g>
      {racks.map((place) => (
        <RackDrawing key={place.rack.name} place={place} announcers={announcers} />
      ))}
    </svg>
  );
}

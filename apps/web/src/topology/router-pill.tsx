import { routerPath } from "../parts/links.tsx";
import { syncWord } from "../words/router-words.ts";
import { clip } from "./clip.ts";
import type { RouterPlace } from "./layout.ts";
import { SvgLink } from "./svg-link.tsx";
import classes from "./topology.module.css";

/** A virtual router under the host that carries it. It is the same element wherever it is, so that a move is seen as one. */
export function RouterPill({ place }: { readonly place: RouterPlace }) {
  const { router, owners } = place.placed;
  const sync = syncWord(router);
  const where =
    place.host === null ? "no host seen" : owners.length > 1 ? `also on ${owners.filter((owner) => owner !== place.host).join(", ")}` : "";
  const isWrong = place.host === null || owners.length > 1;
  const label = `router ${router.name}${place.host === null ? "" : ` on ${place.host}`}${where === "" ? "" : `, ${where}`}, connections ${sync.text}`;
  return (
    <g
      className={classes.pillPlace}
      style={{ transform: `translate(${place.x}px, ${place.y}px)` }}
      data-router={router.name}
      data-host={place.host ?? ""}
    >
      <SvgLink to={routerPath(router.name)} label={label}>
        <rect
          width={place.width}
          height={place.height}
          rx={place.height / 2}
          className={classes.pill}
          data-wrong={isWrong ? "" : undefined}
        />
        <circle cx="16" cy={place.height / 2} r="4" className={classes.sync} data-tone={sync.tone} />
        <text x="27" y={place.height / 2 + 4.5} className={classes.pillText} data-wrong={isWrong ? "" : undefined}>
          {clip(where === "" ? router.name : `${router.name}: ${where}`, place.width - 38, 7.3)}
        </text>
      </SvgLink>
    </g>
  );
}

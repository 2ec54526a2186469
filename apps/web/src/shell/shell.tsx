import { Link, useRoute } from "wouter";

import { LiveBadge, NotLiveBanner } from "../live/liveness.tsx";
import { useSession } from "../session/session.ts";
import { ColorSchemeSwitch } from "./color-scheme-switch.tsx";
import { Logo } from "./logo.tsx";
import { Pages } from "./pages.tsx";
import classes from "./shell.module.css";
import { UnconfirmedBanner } from "./unconfirmed-banner.tsx";

const places = [
  { to: "/", under: "/", label: "Topology" },
  { to: "/routers", under: "/routers/*?", label: "Routers" },
  { to: "/vips", under: "/vips/*?", label: "VIPs" },
  { to: "/hosts", under: "/hosts/*?", label: "Hosts" },
  { to: "/events", under: "/events", label: "Events" },
  { to: "/changes", under: "/changes/*?", label: "Changes" },
] as const;

/** What stands around every page: name, places, whether it is live. */
export function Shell() {
  const { signOut } = useSession();
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        Skip to the content
      </a>
      <header className={classes.header}>
        <Link to="/" className={classes.brand}>
          <Logo />
          <span>Rackway</span>
        </Link>
        <nav aria-label="Pages" className={classes.nav}>
          {places.map((place) => (
            <Place key={place.to} {...place} />
          ))}
        </nav>
        <div className={classes.tools}>
          <LiveBadge />
          <ColorSchemeSwitch />
          <button type="button" className={classes.quiet} onClick={signOut}>
            Log out
          </button>
        </div>
      </header>
      <NotLiveBanner />
      <UnconfirmedBanner />
      <main id="content" className={classes.main} tabIndex={-1}>
        <Pages />
      </main>
    </div>
  );
}

function Place({ to, under, label }: (typeof places)[number]) {
  const [isHere] = useRoute(under);
  return (
    <Link to={to} className={classes.place ?? ""} aria-current={isHere ? "page" : undefined}>
      {label}
    </Link>
  );
}

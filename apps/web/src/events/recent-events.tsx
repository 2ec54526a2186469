import { Link } from "wouter";

import { useEvents } from "../api/queries.ts";
import { Empty } from "../parts/empty.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Panel } from "../parts/panel.tsx";
import { EventList } from "./event-list.tsx";

/** The newest events, of one thing or of all, at the end of a page. */
export function RecentEvents({ subject }: { readonly subject?: string }) {
  const all = <Link to={subject === undefined ? "/events" : `/events?subject=${encodeURIComponent(subject)}`}>all events</Link>;
  const query = useEvents({ limit: 12, ...(subject === undefined ? {} : { subject }) });
  return (
    <Panel title="Events" aside={all}>
      <Loaded query={query}>
        {({ events }) => (events.length === 0 ? <Empty title="Nothing has happened yet" /> : <EventList events={events} />)}
      </Loaded>
    </Panel>
  );
}

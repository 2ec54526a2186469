import type { ApiEvent } from "@rackway/schema";
import { severityOfEvent } from "@rackway/schema/event-severity";

import { SubjectLink } from "../parts/links.tsx";
import { toneOf } from "../parts/problem-list.tsx";
import { Tag } from "../parts/tag.tsx";
import { renderClock, renderInstant } from "../words/time-words.ts";
import classes from "./events.module.css";

/** Newest first: when, how grave, what, why, and who says so. */
export function EventList({ events, level: Day = "h3" }: { readonly events: readonly ApiEvent[]; readonly level?: "h2" | "h3" }) {
  const days = Map.groupBy(events.toReversed(), ({ at }) => dayOf(at));
  return [...days].map(([day, ofDay]) => (
    <section key={day} aria-label={day}>
      <Day className={classes.day}>{day}</Day>
      <ol className={classes.list}>
        {ofDay.map((event) => (
          <Event key={event.id} event={event} />
        ))}
      </ol>
    </section>
  ));
}

function Event({ event: { at, kind, subject, reason, source } }: { readonly event: ApiEvent }) {
  const ms = Date.parse(at);
  const tone = toneOf[severityOfEvent(kind)];
  return (
    <li className={classes.event} data-tone={tone}>
      <time dateTime={at} title={renderInstant(ms)} className={classes.time}>
        {renderClock(ms)}
      </time>
      <div className={classes.what}>
        <span className={classes.head}>
          <Tag tone={tone === "info" ? "plain" : tone}>{kind}</Tag> <SubjectLink subject={subject} />
          <span className={classes.source}>{source}</span>
        </span>
        {reason === "" ? null : <span className={classes.reason}>{reason}</span>}
      </div>
    </li>
  );
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const dayOf = (at: string): string => dayFormat.format(Date.parse(at));

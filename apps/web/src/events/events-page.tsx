import { NativeSelect, TextInput } from "@mantine/core";
import type { EventQuery } from "@rackway/schema";
import { useDeferredValue } from "react";

import { useEvents } from "../api/queries.ts";
import { Empty } from "../parts/empty.tsx";
import { Loaded } from "../parts/loaded.tsx";
import classes from "../parts/parts.module.css";
import { useFound, useParameter, useSearchText } from "../parts/search.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { EventList } from "./event-list.tsx";

const severities = [
  { value: "", label: "all" },
  { value: "warning", label: "warnings and worse" },
  { value: "critical", label: "critical only" },
];
const limit = 500;

export function EventsPage() {
  const [least, setLeast] = useParameter("least");
  const [subject, setSubject] = useParameter("subject");
  const [text, setText] = useSearchText();
  const asked = useDeferredValue(subject.trim());
  const query: EventQuery = {
    limit,
    ...(least === "warning" || least === "critical" ? { minSeverity: least } : {}),
    ...(asked === "" ? {} : { subject: asked }),
  };
  return (
    <>
      <PageTitle title="Events">Who did or saw what, when and why; newest first.</PageTitle>
      <div className={classes.filters}>
        <NativeSelect label="Severity" data={severities} value={least} onChange={(event) => setLeast(event.currentTarget.value)} />
        <TextInput
          label="Subject"
          placeholder="router/vr-a, host/ctl-a1"
          value={subject}
          onChange={(event) => setSubject(event.currentTarget.value)}
        />
        <TextInput
          label="Words"
          type="search"
          placeholder="in kind, subject or reason"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <Loaded query={useEvents(query)}>{({ events }) => <Found events={events} text={text} />}</Loaded>
    </>
  );
}

function Found({ events, text }: { readonly events: Parameters<typeof EventList>[0]["events"]; readonly text: string }) {
  const found = useFound(events, text, ({ kind, subject, reason, source }) => [kind, subject, reason, source].join(" "));
  if (found.length === 0)
    return <Empty title="No such event">Whatever an operator does, and whatever a host sees happen, is written down here.</Empty>;
  return (
    <>
      <EventList events={found} level="h2" />
      {events.length === limit ? <p className={classes.dim}>These are the newest {limit}; a filter finds older ones.</p> : null}
    </>
  );
}

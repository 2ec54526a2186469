import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";

import { liveRoot } from "../api/live-query.ts";
import { useStatus } from "../api/queries.ts";
import { useNowMs } from "../live/now.ts";
import { changePath } from "../parts/links.tsx";
import { useSession } from "../session/session.ts";
import { messageOf } from "../words/error-words.ts";
import { renderDuration } from "../words/time-words.ts";
import classes from "./shell.module.css";

/** On every page while a revision waits to be confirmed: the hosts undo it by themselves when nobody does. */
export function UnconfirmedBanner() {
  const { client } = useSession();
  const queries = useQueryClient();
  const { data, dataUpdatedAt } = useStatus();
  const nowMs = useNowMs();
  const confirm = useMutation({
    mutationFn: (revision: number) => client.confirm(revision),
    onSettled: () => queries.invalidateQueries({ queryKey: liveRoot }),
  });
  const waiting = data?.unconfirmed ?? null;
  if (waiting === null) return null;
  const { revision, base } = waiting;
  const leftMs = waiting.leftMs - Math.max(0, nowMs - dataUpdatedAt);
  return (
    <section className={classes.unconfirmed} aria-label="A revision that is not confirmed">
      <span role="status">
        <Link to={changePath(revision)}>Revision {revision}</Link> is not confirmed.{" "}
      </span>
      <span>
        {leftMs > 0
          ? `In ${renderDuration(leftMs)} the hosts go back to revision ${base}.`
          : `The time is over: the hosts go back to revision ${base}.`}
      </span>
      {leftMs > 0 ? (
        <Button size="compact-sm" onClick={() => confirm.mutate(revision)} loading={confirm.isPending}>
          Confirm revision {revision}
        </Button>
      ) : null}
      {confirm.error === null ? null : <span role="alert">{messageOf(confirm.error)}</span>}
    </section>
  );
}

import { RackwayError } from "@rackway/api-client/browser";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { messageOf } from "../words/error-words.ts";
import { Empty } from "./empty.tsx";
import classes from "./parts.module.css";

interface LoadedProps<Answer> {
  readonly query: UseQueryResult<Answer>;
  readonly children: (answer: Answer, at: number) => ReactNode;
}

/** What was answered, drawn; what is not there yet, or never will be, said. An answer that was there stays while the next one fails. */
export function Loaded<Answer>({ query, children }: LoadedProps<Answer>) {
  const { data, error, dataUpdatedAt } = query;
  const isGone = error instanceof RackwayError && error.code === "not-found";
  if (data !== undefined && !isGone) return children(data, dataUpdatedAt);
  if (error !== null) return <Empty title={isGone ? "Not found" : "The server does not answer"}>{messageOf(error)}</Empty>;
  return (
    <p className={classes.waiting} role="status">
      Asking the server …
    </p>
  );
}

import type { ReactNode } from "react";

import classes from "./parts.module.css";

export type Tone = "ok" | "warn" | "crit" | "info" | "plain";

/** A word with a colour; the word says it all. */
export function Tag({ tone = "plain", children, title }: { readonly tone?: Tone; readonly children: ReactNode; readonly title?: string }) {
  return (
    <span className={classes.tag} data-tone={tone} title={title}>
      {children}
    </span>
  );
}

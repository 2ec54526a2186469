import type { ReactNode } from "react";

import classes from "./parts.module.css";

/** Where there is nothing to show: why, and what makes something appear. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>{title}</p>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

/** As `Empty`, with a command to type. */
export function Command({ children }: { readonly children: string }) {
  return (
    <pre className={classes.command} tabIndex={0}>
      {children}
    </pre>
  );
}

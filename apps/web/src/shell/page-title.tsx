import { useEffect } from "react";
import type { ReactNode } from "react";

import classes from "./page-title.module.css";

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Rackway`;
  }, [title]);
}

interface PageTitleProps {
  readonly title: string;
  /** What kind of thing the title names, with a way back to its list. */
  readonly over?: ReactNode;
  /** Beside the title: what the page is about, in a few words. */
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** The one heading of a page, also in the tab. */
export function PageTitle({ title, over, children, actions }: PageTitleProps) {
  usePageTitle(title);
  return (
    <header className={classes.bar}>
      <div>
        {over === undefined ? null : <div className={classes.over}>{over}</div>}
        <h1 className={classes.title}>{title}</h1>
        {children === undefined ? null : <div className={classes.about}>{children}</div>}
      </div>
      {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
    </header>
  );
}

import type { MouseEvent, ReactNode } from "react";
import { useLocation } from "wouter";

import classes from "./topology.module.css";

/** A link in a drawing, named by its title: a real one, so that it can be opened in a new tab, and is gone through by the keyboard. */
export function SvgLink({ to, label, children }: { readonly to: string; readonly label: string; readonly children: ReactNode }) {
  const [, navigate] = useLocation();
  const go = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={go} className={classes.link}>
      <title>{label}</title>
      {children}
    </a>
  );
}

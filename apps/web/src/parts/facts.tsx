import { Fragment } from "react";
import type { ReactNode } from "react";

import classes from "./parts.module.css";

export type Fact = readonly [name: string, value: ReactNode];

/** Names and values, one a line. Undefined: the line is left out. */
export function Facts({ facts }: { readonly facts: readonly (Fact | undefined)[] }) {
  return (
    <dl className={classes.facts}>
      {facts
        .filter((fact) => fact !== undefined)
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}

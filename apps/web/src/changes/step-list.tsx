import type { HostSteps } from "@rackway/schema";

import classes from "./changes.module.css";

/** What is made, changed or removed on one host. */
export function StepList({ steps }: { readonly steps: HostSteps["steps"] }) {
  return (
    <ul className={classes.steps}>
      {steps.map(({ id, action, kind, target, from, to }) => (
        <li key={id}>
          <span className={classes.action}>{action}</span> {kind} <strong>{target}</strong>{" "}
          {from === null || action === "create" ? null : <del>{from}</del>} {to === null || action === "delete" ? null : <ins>{to}</ins>}
        </li>
      ))}
    </ul>
  );
}

import type { Change, Difference as ApiDifference } from "@rackway/schema";

import { Empty } from "../parts/empty.tsx";
import { Tag } from "../parts/tag.tsx";
import type { Tone } from "../parts/tag.tsx";
import classes from "./changes.module.css";
import { StepList } from "./step-list.tsx";
import { valueWords } from "./value-words.ts";

const actionTone: Readonly<Record<Change["action"], Tone>> = { create: "ok", change: "info", delete: "crit" };

/** What a plan or two revisions differ in: objects of the document, addresses, and what that makes on each host. */
export function Difference({ difference: { changes, hosts, reservations } }: { readonly difference: ApiDifference }) {
  const isSame = changes.length + hosts.length + reservations.added.length + reservations.released.length === 0;
  const isShort = hosts.reduce((sum, { steps }) => sum + steps.length, 0) <= 20;
  if (isSame) return <Empty title="Nothing differs" />;
  return (
    <div className={classes.difference}>
      <h3>In the document</h3>
      {changes.length === 0 ? <p>Nothing.</p> : null}
      {changes.map((change) => (
        <ObjectChange key={`${change.kind} ${change.name}`} change={change} />
      ))}
      <Reservations {...reservations} />
      {hosts.length === 0 ? null : <h3>On the hosts</h3>}
      {hosts.map(({ host, steps }) => (
        <details key={host} className={classes.file} open={isShort}>
          <summary>
            {host}: {steps.length === 1 ? "1 step" : `${steps.length} steps`}
          </summary>
          <StepList steps={steps} />
        </details>
      ))}
    </div>
  );
}

function ObjectChange({ change: { action, kind, name, fields } }: { readonly change: Change }) {
  return (
    <div className={classes.object}>
      <div>
        <Tag tone={actionTone[action]}>{action}</Tag> {kind} <strong>{name}</strong>
      </div>
      <dl className={classes.fields}>
        {fields.map(({ path, from, to }) => (
          <div key={path}>
            <dt>{path}</dt>
            <dd>
              {action === "create" ? null : <del>{valueWords(from)}</del>} {action === "delete" ? null : <ins>{valueWords(to)}</ins>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Reservations({ added, released }: Pick<ApiDifference["reservations"], "added" | "released">) {
  if (added.length + released.length === 0) return null;
  return (
    <>
      <h3>Reserved and released</h3>
      <ul className={classes.steps}>
        {added.map(({ scope, value, owner }) => (
          <li key={`${scope} ${value} +`}>
            <ins>{value}</ins> in {scope} for {owner}
          </li>
        ))}
        {released.map(({ scope, value, owner }) => (
          <li key={`${scope} ${value} -`}>
            <del>{value}</del> in {scope} of {owner}
          </li>
        ))}
      </ul>
    </>
  );
}

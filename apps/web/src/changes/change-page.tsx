import type { Revision } from "@rackway/schema";
import { Link } from "wouter";

import { RollbackAction } from "../actions/rollback-action.tsx";
import { useDiff, useDocument, useRevisions } from "../api/queries.ts";
import { Empty } from "../parts/empty.tsx";
import { Facts } from "../parts/facts.tsx";
import { changePath } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Panel } from "../parts/panel.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { renderInstant } from "../words/time-words.ts";
import classes from "./changes.module.css";
import { whyOf } from "./changes-page.tsx";
import { Difference } from "./difference.tsx";

export function ChangePage({ revision }: { readonly revision: number }) {
  const query = useRevisions();
  const current = query.data?.current ?? null;
  const isThere = query.data?.revisions.some((each) => each.revision === revision) === true;
  return (
    <>
      <PageTitle
        title={`Revision ${revision}`}
        over={<Link to="/changes">Changes</Link>}
        actions={current !== null && isThere ? <RollbackAction current={current} to={revision} /> : undefined}
      />
      <Loaded query={query}>
        {({ revisions }) => {
          const found = revisions.find((each) => each.revision === revision);
          return found === undefined ? <Empty title="There is no such revision" /> : <Change revision={found} />;
        }}
      </Loaded>
    </>
  );
}

function Change({ revision }: { readonly revision: Revision }) {
  return (
    <>
      <Panel title="Who, when and why">
        <Facts
          facts={[
            ["By", revision.author],
            ["When", renderInstant(Date.parse(revision.createdAt))],
            ["Why", whyOf(revision)],
            ["Document", <code key="digest">{revision.documentSha256.slice(0, 16)}</code>],
          ]}
        />
      </Panel>
      {revision.revision === 1 ? null : <DifferenceFrom from={revision.revision - 1} to={revision.revision} />}
      <Document revision={revision.revision} />
    </>
  );
}

function DifferenceFrom({ from, to }: { readonly from: number; readonly to: number }) {
  return (
    <Panel title={`What differs from revision ${from}`} aside={<Link to={changePath(from)}>revision {from}</Link>}>
      <Loaded query={useDiff(from, to)}>{(diff) => <Difference difference={diff} />}</Loaded>
    </Panel>
  );
}

function Document({ revision }: { readonly revision: number }) {
  return (
    <Panel title="The document, as it was written">
      <Loaded query={useDocument(revision)}>
        {({ files }) =>
          files.map(({ name, text }) => (
            <details key={name} className={classes.file}>
              <summary>{name}</summary>
              <pre tabIndex={0}>{text}</pre>
            </details>
          ))
        }
      </Loaded>
    </Panel>
  );
}

import { Button } from "@mantine/core";
import type { Revision, RevisionList } from "@rackway/schema";
import { Link } from "wouter";

import { useRevisions } from "../api/queries.ts";
import { Since } from "../parts/age.tsx";
import { DataTable } from "../parts/data-table.tsx";
import type { Column } from "../parts/data-table.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { changePath } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Tag } from "../parts/tag.tsx";
import { PageTitle } from "../shell/page-title.tsx";
import { renderInstant } from "../words/time-words.ts";

export function ChangesPage() {
  return (
    <>
      <PageTitle
        title="Changes"
        actions={
          <Button component={Link} to="/changes/edit">
            Change the document
          </Button>
        }
      >
        Every revision of the document: who made it, when and why.
      </PageTitle>
      <Loaded query={useRevisions()}>{(list) => <Revisions list={list} />}</Loaded>
    </>
  );
}

function Revisions({ list: { current, revisions } }: { readonly list: RevisionList }) {
  if (revisions.length === 0) return <NoRevision />;
  return <DataTable label="Revisions" rows={revisions} columns={columns(current)} keyOf={({ revision }) => String(revision)} />;
}

function columns(current: number | null): Column<Revision>[] {
  return [
    {
      name: "Revision",
      cell: ({ revision }) => (
        <>
          <Link to={changePath(revision)}>{revision}</Link> {revision === current ? <Tag tone="ok">current</Tag> : null}
        </>
      ),
    },
    { name: "Why", cell: (revision) => whyOf(revision), isLong: true },
    { name: "By", cell: ({ author }) => author },
    { name: "When", cell: ({ createdAt }) => renderInstant(Date.parse(createdAt)) },
    { name: "Ago", cell: ({ createdAt }) => <Since instant={createdAt} /> },
  ];
}

/** A rollback says whose document it took; who gave no reason is not given one. */
export function whyOf({ kind, rollbackTo, comment }: Revision): string {
  const rollback = kind === "rollback" ? `rolled back to revision ${rollbackTo ?? "?"}` : "";
  return [rollback, comment].filter(Boolean).join(": ") || "–";
}

function NoRevision() {
  return (
    <Empty title="No document was applied yet">
      The first one that is applied becomes revision 1, and is carried out by the hosts that it names.
      <br />
      <Command>rackway apply -f dc1.yaml --comment &quot;first racks&quot;</Command>
    </Empty>
  );
}

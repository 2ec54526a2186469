import { Button, Textarea } from "@mantine/core";
import { RackwayError } from "@rackway/api-client/browser";
import type { ApiIssue, DocumentFile, Plan, RevisionDocument } from "@rackway/schema";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link } from "wouter";

import { useDocument, useRevisions } from "../api/queries.ts";
import actions from "../actions/actions.module.css";
import { Loaded } from "../parts/loaded.tsx";
import { Panel } from "../parts/panel.tsx";
import { useSession } from "../session/session.ts";
import { PageTitle } from "../shell/page-title.tsx";
import { messageOf } from "../words/error-words.ts";
import { draftStore, offsetOf } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { IssueList } from "./issue-list.tsx";
import { PlanPanel } from "./plan-panel.tsx";

const firstFile: DocumentFile = {
  name: "cluster.yaml",
  text: "apiVersion: rackway/v1\nkind: Cluster\nmetadata: { name: dc1 }\nspec:\n  racks: []\n  hosts: []\n",
};

/** The document, to be changed: what it would do is shown before it is done. */
export function EditPage() {
  return (
    <>
      <PageTitle title="Change the document" over={<Link to="/changes">Changes</Link>} />
      <Loaded query={useRevisions()}>
        {({ current }) =>
          current === null ? <Editor document={null} current={null} onStartOver={() => undefined} /> : <OfRevision current={current} />
        }
      </Loaded>
    </>
  );
}

/** The text is of the revision that was the current one when the page was opened: a later one does not change what is being written. */
function OfRevision({ current }: { readonly current: number }) {
  const [began, setBegan] = useState(current);
  return (
    <Loaded query={useDocument(began)}>
      {(document) => <Editor key={began} document={document} current={current} onStartOver={() => setBegan(current)} />}
    </Loaded>
  );
}

interface EditorProps {
  readonly document: RevisionDocument | null;
  /** Of now, by the server. */
  readonly current: number | null;
  readonly onStartOver: () => void;
}

function Editor({ document, current, onStartOver }: EditorProps) {
  const { client } = useSession();
  const fresh: Draft = { files: document?.files ?? [firstFile], beganOn: document?.revision ?? null };
  const [draft, setDraft] = useState<Draft>(() => draftStore.read() ?? fresh);
  const [plan, setPlan] = useState<Plan | null>(null);
  const ask = useMutation({ mutationFn: () => client.plan(draft.files), onSuccess: setPlan, onError: () => setPlan(null) });
  const write = (next: Draft) => {
    setDraft(next);
    setPlan(null);
    ask.reset();
  };
  const keep = (next: Draft) => {
    draftStore.write(next);
    write(next);
  };
  const startOver = () => {
    draftStore.forget();
    write(fresh);
    onStartOver();
  };
  return (
    <>
      {draft.beganOn === current ? null : <Behind beganOn={draft.beganOn} current={current} />}
      <Files files={draft.files} onChange={(files) => keep({ ...draft, files })} error={ask.error} />
      <div className={actions.buttons}>
        <Button variant="default" onClick={startOver}>
          Start over from the current document
        </Button>
        <Button onClick={() => ask.mutate()} loading={ask.isPending}>
          Show what it would change
        </Button>
      </div>
      {plan === null ? null : <PlanPanel plan={plan} draft={draft} onApplied={() => draftStore.forget()} onAgain={() => ask.mutate()} />}
    </>
  );
}

interface BehindProps {
  readonly beganOn: number | null;
  readonly current: number | null;
}

/** Somebody applied meanwhile: what is written here would take that back. Nothing is lost, and nothing is hidden. */
function Behind({ beganOn, current }: BehindProps) {
  return (
    <Panel title="Somebody has applied another revision since you began">
      <p>
        Your text began with {beganOn === null ? "nothing" : `revision ${beganOn}`};{" "}
        {current === null ? "there is none now" : <Link to={`/changes/${current}`}>revision {current} is the current one</Link>}. Your text
        is kept. Applied as it is, it takes back what the other one changed: its plan shows that. Or copy what you wrote and start over.
      </p>
    </Panel>
  );
}

interface FilesProps {
  readonly files: readonly DocumentFile[];
  readonly onChange: (files: readonly DocumentFile[]) => void;
  readonly error: unknown;
}

function Files({ files, onChange, error }: FilesProps) {
  const areas = useRef(new Map<string, HTMLTextAreaElement>());
  const issues = error instanceof RackwayError ? (error.issues as readonly ApiIssue[]) : [];
  const show = ({ file, line, column }: ApiIssue) => {
    const area = areas.current.get(file ?? files[0]?.name ?? "");
    if (area === undefined || line === null) return;
    const at = offsetOf(area.value, line, column ?? 1);
    area.focus();
    if (at === null) return;
    area.setSelectionRange(at.start, at.end);
    area.scrollTop = Math.max(0, (line - 6) * Number.parseFloat(getComputedStyle(area).lineHeight));
  };
  return (
    <>
      {error === null ? null : (
        <Panel title="The server refuses it">
          <p role="alert">{messageOf(error)}</p>
          <IssueList issues={issues} onShow={show} />
        </Panel>
      )}
      {files.map(({ name, text }, index) => (
        <Panel key={name} title={name}>
          <Textarea
            aria-label={`Text of ${name}`}
            className={actions.text ?? ""}
            spellCheck={false}
            value={text}
            ref={(area) => {
              if (area !== null) areas.current.set(name, area);
            }}
            onChange={(event) => onChange(files.with(index, { name, text: event.currentTarget.value }))}
          />
        </Panel>
      ))}
    </>
  );
}

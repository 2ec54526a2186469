import type { ApiIssue } from "@rackway/schema";

import actions from "../actions/actions.module.css";
import parts from "../parts/parts.module.css";

/** The server's own findings; each leads to its place in the text. */
export function IssueList({ issues, onShow }: { readonly issues: readonly ApiIssue[]; readonly onShow: (issue: ApiIssue) => void }) {
  return issues.map((issue) => {
    const { code, severity, message, hint, path, file, line, column } = issue;
    const where = [file, line === null ? null : `line ${line}, column ${column ?? 1}`, path].filter((part) => part !== null).join(" · ");
    return (
      <button
        key={`${code} ${where} ${message}`}
        type="button"
        className={actions.issue}
        data-severity={severity}
        onClick={() => onShow(issue)}
      >
        <strong>{message}</strong>
        <br />
        {hint === null ? null : (
          <>
            {hint}
            <br />
          </>
        )}
        <span className={parts.dim}>
          {where} · {code}
        </span>
      </button>
    );
  });
}

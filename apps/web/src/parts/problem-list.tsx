import type { StatusProblem } from "@rackway/schema";

import { Since } from "./age.tsx";
import { SubjectLink } from "./links.tsx";
import classes from "./parts.module.css";
import { Tag } from "./tag.tsx";
import type { Tone } from "./tag.tsx";

export const toneOf: Readonly<Record<StatusProblem["severity"], Tone>> = { critical: "crit", warning: "warn", info: "info" };

type ShownProblem = Omit<StatusProblem, "since" | "subject"> & Partial<Pick<StatusProblem, "since" | "subject">>;

/** Problems as the server ranks them: what is wrong, with what, for how long, and what to do. */
export function ProblemList({ problems }: { readonly problems: readonly ShownProblem[] }) {
  return (
    <ul className={classes.problems}>
      {problems.map((problem) => (
        <li key={`${problem.code} ${problem.subject ?? ""} ${problem.message}`} data-tone={toneOf[problem.severity]}>
          <div className={classes.problemHead}>
            <Tag tone={toneOf[problem.severity]}>{problem.severity}</Tag>
            {problem.subject === undefined ? null : <SubjectLink subject={problem.subject} />}
            <code>{problem.code}</code>
            {problem.since === undefined || problem.since === null ? null : (
              <span className={classes.dim}>
                for <Since instant={problem.since} />
              </span>
            )}
          </div>
          <div>{problem.message}</div>
          {problem.hint === null ? null : <div className={classes.dim}>{problem.hint}</div>}
        </li>
      ))}
    </ul>
  );
}

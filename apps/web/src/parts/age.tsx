import { useStatus } from "../api/queries.ts";
import { useNowMs } from "../live/now.ts";
import { renderDuration, renderInstant } from "../words/time-words.ts";
import classes from "./parts.module.css";

/** An observation this old is not the present any more: agents report every five seconds at least. */
const oldMs = 15_000;

interface AgeProps {
  /** As the server gave it; null: never seen. */
  readonly ageMs: number | null | undefined;
  /** When the answer came, by the reader's clock: the age has grown since. */
  readonly at: number;
}

/** How long ago something was seen. It grows on by itself: a cut connection makes nothing young. */
export function Age({ ageMs, at }: AgeProps) {
  const nowMs = useNowMs();
  if (ageMs === null || ageMs === undefined) return <span className={classes.unseen}>not seen</span>;
  const current = ageMs + Math.max(0, nowMs - at);
  return <span className={current > oldMs ? classes.old : undefined}>{renderDuration(current)}</span>;
}

/** How far the reader's clock is behind the server's, as far as one answer's way tells. */
function useServerAheadMs(): number {
  const { data, dataUpdatedAt } = useStatus();
  return data === undefined ? 0 : Date.parse(data.observedAt) - dataUpdatedAt;
}

/** For how long something has been so. Null: not known. */
export function Since({ instant }: { readonly instant: string | null | undefined }) {
  const nowMs = useNowMs();
  const aheadMs = useServerAheadMs();
  if (instant === null || instant === undefined) return <span className={classes.unseen}>not known</span>;
  const ms = Date.parse(instant);
  return (
    <time dateTime={instant} title={renderInstant(ms)}>
      {renderDuration(nowMs + aheadMs - ms)}
    </time>
  );
}

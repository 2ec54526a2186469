import { Button, TextInput } from "@mantine/core";
import { RackwayError } from "@rackway/api-client/browser";
import type { Plan } from "@rackway/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";

import actions from "../actions/actions.module.css";
import { EffectList } from "../actions/effect-list.tsx";
import { liveRoot } from "../api/live-query.ts";
import { changePath } from "../parts/links.tsx";
import { Panel } from "../parts/panel.tsx";
import { useSession } from "../session/session.ts";
import { messageOf } from "../words/error-words.ts";
import { Difference } from "./difference.tsx";
import type { Draft } from "./draft.ts";
import { planEffects } from "./plan-effects.ts";

interface PlanPanelProps {
  readonly plan: Plan;
  readonly draft: Draft;
  readonly onApplied: () => void;
  /** Plan anew: another revision is the current one now. */
  readonly onAgain: () => void;
}

/** What a document would change, and what that does to traffic; then, with a reason, its apply. */
export function PlanPanel({ plan, draft, onApplied, onAgain }: PlanPanelProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [comment, setComment] = useState("");
  const apply = useMutation({
    mutationFn: () => client.apply({ files: [...draft.files], basedOn: plan.baseRevision, ...(comment === "" ? {} : { comment }) }),
    onSuccess: async ({ revision }) => {
      onApplied();
      await queries.invalidateQueries({ queryKey: liveRoot });
      navigate(changePath(revision));
    },
  });
  const isConflict = apply.error instanceof RackwayError && apply.error.code === "revision-conflict";
  return (
    <>
      <Panel title="What it would change">
        <EffectList effects={planEffects(plan)} />
        <Difference difference={plan} />
      </Panel>
      {plan.changes.length + plan.reservations.added.length + plan.reservations.released.length === 0 ? null : (
        <Panel title="Apply it">
          <form
            className={actions.form}
            onSubmit={(event) => {
              event.preventDefault();
              apply.mutate();
            }}
          >
            <TextInput label="Why" value={comment} maxLength={1000} onChange={(event) => setComment(event.currentTarget.value)} />
            <div role="alert" className={actions.fault}>
              {apply.error === null ? null : messageOf(apply.error)}
            </div>
            <div className={actions.buttons}>
              {isConflict ? (
                <Button variant="default" onClick={onAgain}>
                  Plan it against the current revision
                </Button>
              ) : null}
              <Button type="submit" loading={apply.isPending}>
                Apply
              </Button>
            </div>
          </form>
        </Panel>
      )}
    </>
  );
}

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";

import { liveRoot } from "../api/live-query.ts";
import { useDiff } from "../api/queries.ts";
import { Difference } from "../changes/difference.tsx";
import { changePath } from "../parts/links.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useSession } from "../session/session.ts";
import { ActionForm } from "./action-form.tsx";
import { Dialog } from "./dialog.tsx";

interface RollbackProps {
  readonly current: number;
  readonly to: number;
}

/** Make an older revision's document the current one again, as a new revision. */
export function RollbackAction({ current, to }: RollbackProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (to === current) return null;
  return (
    <>
      <Button variant="default" onClick={() => setIsOpen(true)}>
        Roll back to this …
      </Button>
      {isOpen ? <RollbackDialog current={current} to={to} onClose={() => setIsOpen(false)} /> : null}
    </>
  );
}

function RollbackDialog({ current, to, onClose }: RollbackProps & { readonly onClose: () => void }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  // What was looked at is what is taken back: somebody who applies meanwhile is not overwritten.
  const rollback = useMutation({
    mutationFn: (comment: string | undefined) => client.rollback({ to, basedOn: current, ...(comment === undefined ? {} : { comment }) }),
    onSuccess: async ({ revision }) => {
      await queries.invalidateQueries({ queryKey: liveRoot });
      onClose();
      navigate(changePath(revision));
    },
  });
  return (
    <Dialog title={`Roll back from revision ${current} to ${to}`} onClose={onClose}>
      <Loaded query={useDiff(current, to)}>{(diff) => <Difference difference={diff} />}</Loaded>
      <ActionForm
        verb={`Roll back to ${to}`}
        onSubmit={(reason) => rollback.mutate(reason)}
        onCancel={onClose}
        isPending={rollback.isPending}
        error={rollback.error}
      />
    </Dialog>
  );
}

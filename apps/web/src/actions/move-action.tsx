import { Button, NativeSelect } from "@mantine/core";
import type { Operation, RouterView } from "@rackway/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { liveRoot } from "../api/live-query.ts";
import { useOperation } from "../api/queries.ts";
import { Tag } from "../parts/tag.tsx";
import type { Tone } from "../parts/tag.tsx";
import { useSession } from "../session/session.ts";
import { ActionForm } from "./action-form.tsx";
import classes from "./actions.module.css";
import { Dialog } from "./dialog.tsx";
import { EffectList } from "./effect-list.tsx";
import { moveEffects } from "./effects.ts";
import { useSight } from "./use-sight.ts";

/** Move a router to a controller of one's choice. Nothing to offer where there is only one. */
export function MoveAction({ router }: { readonly router: RouterView }) {
  const [isOpen, setIsOpen] = useState(false);
  if (router.pacemaker === null || router.controllers.length < 2) return null;
  return (
    <>
      <Button variant="default" onClick={() => setIsOpen(true)}>
        Move …
      </Button>
      {isOpen ? <MoveDialog router={router} onClose={() => setIsOpen(false)} /> : null}
    </>
  );
}

function MoveDialog({ router, onClose }: { readonly router: RouterView; readonly onClose: () => void }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const sight = useSight();
  const targets = router.controllers.filter((name) => name !== router.status.active);
  const [to, setTo] = useState(targets[0] ?? "");
  const move = useMutation({
    mutationFn: (reason: string | undefined) =>
      client.startOperation({ kind: "move", router: router.name, to, ...(reason === undefined ? {} : { reason }) }),
    onSuccess: () => queries.invalidateQueries({ queryKey: liveRoot }),
  });
  const effects = sight === null ? null : moveEffects(router.status, to, sight.status);
  if (move.data !== undefined) return <Progress started={move.data} onClose={onClose} />;
  return (
    <Dialog title={`Move ${router.name}`} onClose={onClose}>
      {effects === null ? <p>Looking at where it is …</p> : <EffectList effects={effects} />}
      <ActionForm
        verb={`Move ${router.name} to ${to}`}
        onSubmit={(reason) => move.mutate(reason)}
        onCancel={onClose}
        isPending={move.isPending}
        error={move.error}
        isDisabled={effects === null || effects.some(({ weight }) => weight === "stop")}
      >
        <NativeSelect label="To" data={targets} value={to} onChange={(event) => setTo(event.currentTarget.value)} />
      </ActionForm>
    </Dialog>
  );
}

const stateTone: Readonly<Record<Operation["state"], Tone>> = { pending: "plain", running: "info", done: "ok", failed: "crit" };

/** What the agents say of it, until its end. Closing it stops nothing. */
function Progress({ started, onClose }: { readonly started: Operation; readonly onClose: () => void }) {
  const operation = useOperation(started.id).data ?? started;
  const isOver = operation.state === "done" || operation.state === "failed";
  return (
    <Dialog title={`Moving ${operation.subject} to ${operation.to}`} onClose={onClose}>
      <p className={classes.progress} role="status">
        <Tag tone={stateTone[operation.state]}>{operation.state}</Tag> {operation.message}
      </p>
      <div className={classes.buttons}>
        <Button variant={isOver ? "filled" : "default"} onClick={onClose}>
          {isOver ? "Close" : "Close; it goes on"}
        </Button>
      </div>
    </Dialog>
  );
}

import { Button, Checkbox, TextInput } from "@mantine/core";
import type { HostView } from "@rackway/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { liveRoot } from "../api/live-query.ts";
import { useSession } from "../session/session.ts";
import { ActionForm } from "./action-form.tsx";
import { Dialog } from "./dialog.tsx";
import { EffectList } from "./effect-list.tsx";
import { drainEffects } from "./effects.ts";
import { useSight } from "./use-sight.ts";

/** Drain a controller, or end that. Members are not drained: nothing is on them. */
export function DrainAction({ host }: { readonly host: HostView }) {
  const [isOpen, setIsOpen] = useState(false);
  if (host.role !== "controller") return null;
  const close = () => setIsOpen(false);
  return (
    <>
      <Button variant="default" onClick={() => setIsOpen(true)}>
        {host.drained ? "Resume …" : "Drain …"}
      </Button>
      {isOpen ? host.drained ? <ResumeDialog host={host.name} onClose={close} /> : <DrainDialog host={host.name} onClose={close} /> : null}
    </>
  );
}

interface ActionDialogProps {
  readonly host: string;
  readonly onClose: () => void;
}

function DrainDialog({ host, onClose }: ActionDialogProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const sight = useSight();
  const [seconds, setSeconds] = useState("300");
  const [force, setForce] = useState(false);
  const effects = sight === null ? null : drainEffects(host, sight);
  const isSeconds = /^\d{1,6}$/.test(seconds) && Number(seconds) <= 7 * 24 * 3600;
  const drain = useMutation({
    mutationFn: (reason: string | undefined) => client.drain(host, reason, { deadlineSeconds: Number(seconds), force }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: liveRoot });
      onClose();
    },
  });
  return (
    <Dialog title={`Drain ${host}`} onClose={onClose}>
      {effects === null ? <p>Looking at what is on it …</p> : <EffectList effects={effects} />}
      <ActionForm
        verb={`Drain ${host}`}
        onSubmit={(reason) => drain.mutate(reason)}
        onCancel={onClose}
        isPending={drain.isPending}
        error={drain.error}
        isDisabled={effects === null || !isSeconds}
      >
        <TextInput
          label="Seconds for connections to anycast VIPs to end"
          inputMode="numeric"
          value={seconds}
          error={isSeconds ? null : "A number of seconds, a week at most"}
          onChange={(event) => setSeconds(event.currentTarget.value.trim())}
        />
        <Checkbox
          label="Let go also of a VIP that nobody else announces"
          checked={force}
          onChange={(event) => setForce(event.currentTarget.checked)}
        />
      </ActionForm>
    </Dialog>
  );
}

function ResumeDialog({ host, onClose }: ActionDialogProps) {
  const { client } = useSession();
  const queries = useQueryClient();
  const resume = useMutation({
    mutationFn: () => client.undrain(host),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: liveRoot });
      onClose();
    },
  });
  return (
    <Dialog title={`Resume ${host}`} onClose={onClose}>
      <EffectList
        effects={[
          { weight: "fine", text: `${host} may carry routers again. None is moved back to it: that would be a move for nothing.` },
          { weight: "fine", text: "It announces its anycast VIPs again, each when its service is up." },
        ]}
      />
      <ActionForm
        verb={`Resume ${host}`}
        onSubmit={() => resume.mutate()}
        onCancel={onClose}
        isPending={resume.isPending}
        error={resume.error}
        asksWhy={false}
      />
    </Dialog>
  );
}

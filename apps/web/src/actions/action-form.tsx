import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { FormEvent, ReactNode } from "react";

import { messageOf } from "../words/error-words.ts";
import classes from "./actions.module.css";

interface ActionFormProps {
  /** On the button: the verb. */
  readonly verb: string;
  /** Why: goes into the event log. */
  readonly onSubmit: (reason: string | undefined) => void;
  readonly onCancel: () => void;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly isDisabled?: boolean;
  /** False: the server takes no reason for this one. */
  readonly asksWhy?: boolean;
  readonly children?: ReactNode;
}

/** What every action asks: why; and what it can answer: done, or what the server said. */
export function ActionForm({ verb, onSubmit, onCancel, isPending, error, isDisabled = false, asksWhy = true, children }: ActionFormProps) {
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit(reason.trim() === "" ? undefined : reason.trim());
  };
  return (
    <form onSubmit={submit} className={classes.form}>
      {children}
      {asksWhy ? (
        <TextInput
          label="Why"
          description="Goes into the event log"
          value={reason}
          maxLength={1000}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      ) : null}
      <div role="alert" className={classes.fault}>
        {error === null ? null : messageOf(error)}
      </div>
      <div className={classes.buttons}>
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={isPending} disabled={isDisabled}>
          {verb}
        </Button>
      </div>
    </form>
  );
}

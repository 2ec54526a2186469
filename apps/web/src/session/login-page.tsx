import { Button, PasswordInput } from "@mantine/core";
import { createBrowserClient } from "@rackway/api-client/browser";
import { useState } from "react";
import type { FormEvent } from "react";

import { Logo } from "../shell/logo.tsx";
import { usePageTitle } from "../shell/page-title.tsx";
import { messageOf } from "../words/error-words.ts";
import classes from "./login-page.module.css";

interface LoginPageProps {
  /** A token was there, and the server did not take it. */
  readonly wasRefused: boolean;
  readonly onToken: (token: string) => void;
}

/** Asks for the admin's token, says where it lies, and tries it before it is kept. */
export function LoginPage({ wasRefused, onToken }: LoginPageProps) {
  usePageTitle("Log in");
  const [token, setToken] = useState("");
  const [fault, setFault] = useState<string | null>(wasRefused ? "The server does not take the token of this tab any more." : null);
  const [isAsking, setIsAsking] = useState(false);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const entered = token.trim();
    if (!/^[\x21-\x7e]+$/.test(entered)) return setFault("That is no token: it is one word, and begins with rackway-admin-.");
    setIsAsking(true);
    createBrowserClient({ origin: window.location.origin, token: entered })
      .status()
      .then(() => onToken(entered))
      .catch((error: unknown) => {
        setFault(messageOf(error));
        setIsAsking(false);
      });
  };

  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={submit}>
        <div className={classes.brand}>
          <Logo />
          <h1>Rackway</h1>
        </div>
        <PasswordInput
          label="Admin token"
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={fault}
          autoComplete="off"
          autoFocus
          required
          withAsterisk={false}
        />
        <Button type="submit" fullWidth loading={isAsking}>
          Log in
        </Button>
        <div className={classes.help}>
          <p>The server made the token at its first start, and says then where it lies. Unless it was told otherwise:</p>
          <pre tabIndex={0}>sudo cat /var/lib/rackway/server/admin-token</pre>
          <p>
            <code>npm start</code> prints the path of the lab&apos;s. This tab keeps the token until it is closed.
          </p>
        </div>
      </form>
    </main>
  );
}

import { createBrowserClient, RackwayError } from "@rackway/api-client/browser";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { LiveFollower } from "../live/live-follower.tsx";
import { Shell } from "../shell/shell.tsx";
import { LoginPage } from "./login-page.tsx";
import { SessionContext } from "./session.ts";
import { tokenStore } from "./token-store.ts";

/** With a token: the UI. Without one, or with one that the server does not take any more: the login page, at the address that was asked for. */
export function SessionGate() {
  const [token, setToken] = useState(tokenStore.read);
  const [wasRefused, setWasRefused] = useState(false);
  const signIn = (entered: string) => {
    tokenStore.write(entered);
    setWasRefused(false);
    setToken(entered);
  };
  const leave = (isRefused: boolean) => {
    tokenStore.forget();
    setWasRefused(isRefused);
    setToken(null);
  };
  if (token === null) return <LoginPage wasRefused={wasRefused} onToken={signIn} />;
  return <SignedIn key={token} token={token} onLeave={leave} />;
}

function SignedIn({ token, onLeave }: { readonly token: string; readonly onLeave: (isRefused: boolean) => void }) {
  const { session, queries } = useMemo(() => {
    const onError = (error: unknown) => {
      if (error instanceof RackwayError && (error.code === "unauthorised" || error.code === "forbidden")) onLeave(true);
    };
    const client = createBrowserClient({ origin: window.location.origin, token });
    const cache = new QueryClient({
      queryCache: new QueryCache({ onError }),
      mutationCache: new MutationCache({ onError }),
      // What fails is asked again at its next turn; `offline` in the browser's eyes says nothing of a server on this machine.
      defaultOptions: { queries: { retry: false, networkMode: "always", staleTime: 1000 }, mutations: { networkMode: "always" } },
    });
    return { session: { client, signOut: () => onLeave(false) }, queries: cache };
    // A session is its token's; `onLeave` is the gate's, and does the same each time.
  }, [token]);
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={queries}>
        <LiveFollower onRefused={() => onLeave(true)} />
        <Shell />
      </QueryClientProvider>
    </SessionContext>
  );
}

import type { BrowserClient } from "@rackway/api-client/browser";
import { createContext, useContext } from "react";

export interface Session {
  readonly client: BrowserClient;
  readonly signOut: () => void;
}

export const SessionContext = createContext<Session | null>(null);

/** Only below `SessionGate`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("there is no session here");
  return session;
}

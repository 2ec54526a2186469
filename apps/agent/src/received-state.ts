import { hostStateSchema } from "@rackway/schema";
import type { HostState } from "@rackway/schema";

export type ReceivedState = { readonly ok: true; readonly state: HostState } | { readonly ok: false; readonly reason: string };

/**
 * A host state as it came from the server, or why it is not taken: another shape, words that are none, or another host's. A token that was
 * copied with an image would make two hosts of one.
 */
export function readHostState(received: unknown, host: string): ReceivedState {
  const parsed = hostStateSchema.safeParse(received);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    return { ok: false, reason: first === undefined ? "it has another shape" : `${first.path.join(".")}: ${first.message}` };
  }
  const { name } = parsed.data.host;
  if (name !== host) return { ok: false, reason: `the token is that of ${name}, and this host is ${host}` };
  return { ok: true, state: parsed.data };
}

import { z } from "zod";

/**
 * Which of FRR's settings are ours: written before they are made, and kept through boots, because an operator's `write memory` may keep
 * what we set. It holds what is set, never to what: there is no secret in it.
 */
export const frrMemorySchema = z.strictObject({
  schema: z.literal(1),
  /** `settingId`s of lines that we added. */
  settings: z.array(z.string()),
  /** Lines of /etc/frr/daemons as they were, by daemon. */
  daemons: z.record(z.string(), z.string().nullable()),
  /** FRR did not run before us. */
  startedService: z.boolean(),
});

export type FrrMemory = z.infer<typeof frrMemorySchema>;

export const emptyFrrMemory: FrrMemory = { schema: 1, settings: [], daemons: {}, startedService: false };

export function isEmptyFrrMemory({ settings, daemons, startedService }: FrrMemory): boolean {
  return settings.length === 0 && Object.keys(daemons).length === 0 && !startedService;
}

import { AnycastStand } from "../../harness/anycast-stand.ts";
import type { Run, Session } from "../../harness/scenario.ts";
import type { StandOptions } from "../../harness/stand.ts";

/** Announcers of the VIP: two in one rack, one in the other. */
export const announcers = ["ctl-a1", "ctl-a2", "ctl-b1"] as const;
export type Announcer = (typeof announcers)[number];
type ByRack = Record<string, readonly string[]>;
const threeAnnouncers: ByRack = { "rack-a": ["ctl-a1", "ctl-a2"], "rack-b": ["ctl-b1"] };

/** All controllers: a router that loses one has others behind it, so that nothing waits for what routers tell each other. */
export const everybody = { "rack-a": ["ctl-a1", "ctl-a2", "ctl-a3"], "rack-b": ["ctl-b1", "ctl-b2", "ctl-b3"] };

/** The example `anycast`, its service running on the announcers; runs follow each other in one lab. */
export async function stage(
  name: string,
  progress: (text: string) => void,
  run: (any: AnycastStand, index: number) => Promise<Run>,
  { announcers = threeAnnouncers, ...fabric }: Pick<StandOptions, "edit" | "editTopology"> & { announcers?: ByRack } = {},
): Promise<Session> {
  const any = await AnycastStand.up({ name, onProgress: progress, ...fabric });
  try {
    for (const host of Object.values(announcers).flat()) await any.service(host, "start");
    await allAnnounce(any, announcers);
  } catch (error) {
    await any.down();
    throw error;
  }
  return { run: (index) => any.stand.round(() => run(any, index)), tearDown: () => any.down() };
}

/** Waits until the routers of both racks send to all announcers. */
export async function allAnnounce(any: AnycastStand, byRack: ByRack = threeAnnouncers, timeoutMs = 90_000): Promise<void> {
  for (const [rack, hosts] of Object.entries(byRack)) await any.announced(rack.replace("rack", "tor"), hosts, timeoutMs);
}

let port = 7100;

/** A port that no flow of this process had before. */
export function nextPort(): number {
  return port++;
}

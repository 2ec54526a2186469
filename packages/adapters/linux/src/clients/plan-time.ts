import type { TimeState } from "@rackway/schema";
import { dirname } from "node:path";

import { problem } from "../problem.ts";
import type { HostProblem } from "../problem.ts";
import { step } from "../stage.ts";
import type { ClientDaemon, ClientStage } from "./client-stage.ts";
import { renderChronySources, renderTimesyncdDropIn } from "./drop-ins.ts";
import type { ClientPaths, TimeSight } from "./observe-clients.ts";
import { planDropIn } from "./plan-drop-in.ts";

export type TimeDaemon = "chrony" | "systemd-timesyncd";

/** Who keeps this host's clock: the one that runs, else the one that will after a boot; null: neither. Where both do, chrony. */
export function timeDaemon({ chrony, timesyncd }: Pick<TimeSight, "chrony" | "timesyncd">): TimeDaemon | null {
  if (chrony.running) return "chrony";
  if (timesyncd.running) return "systemd-timesyncd";
  if (chrony.enabled) return "chrony";
  return timesyncd.enabled ? "systemd-timesyncd" : null;
}

/** By a file of ours beside the daemon's own; these are never edited, and the host's own sources stay. */
export function planTime(
  stage: ClientStage,
  wanted: TimeState | null,
  seen: TimeSight,
  paths: ClientPaths,
  told: ReadonlySet<ClientDaemon>,
): void {
  const daemon = timeDaemon(seen);
  const words = wanted === null ? "" : `servers ${wanted.servers.join(" ")}`;
  const obstacle = wanted === null ? null : obstacleOf(daemon, seen, paths);
  if (obstacle !== null) stage.block(step("create", "time-source", daemon ?? "chrony", null, words), obstacle);
  const isBy = (name: TimeDaemon): TimeState | null => (daemon === name && obstacle === null ? wanted : null);
  const [byChrony, byTimesyncd] = [isBy("chrony"), isBy("systemd-timesyncd")];
  const common = { words, kind: "time-source" } as const;
  planDropIn(
    stage,
    {
      ...common,
      path: paths.chronySources,
      sight: seen.sources,
      text: byChrony === null ? null : renderChronySources(byChrony),
      daemon: "chrony",
      service: seen.chrony,
      isTakenOver: isKnownTo(
        wanted,
        seen.chronySources?.map(({ address }) => address),
      ),
    },
    told,
  );
  planDropIn(
    stage,
    {
      ...common,
      path: paths.timesyncdDropIn,
      sight: seen.timesyncdDropIn,
      text: byTimesyncd === null ? null : renderTimesyncdDropIn(byTimesyncd),
      daemon: "systemd-timesyncd",
      service: seen.timesyncd,
      isTakenOver: isKnownTo(wanted, seen.timesync?.servers),
    },
    told,
  );
  if (daemon !== null && wanted !== null && !seen.chrony.running && !seen.timesyncd.running) {
    stage.problems.push(problem("time-daemon-stopped", { daemon }));
  }
}

/** What keeps the time source from being set. */
function obstacleOf(daemon: TimeDaemon | null, seen: TimeSight, paths: ClientPaths): HostProblem | null {
  if (daemon === null) return problem("time-daemon-missing", {});
  const folder = dirname(paths.chronySources);
  if (daemon !== "chrony" || seen.sourceFolders.some((name) => name.replace(/\/+$/, "") === folder)) return null;
  return problem("time-sources-unread", { file: paths.chronyConf, folder });
}

function isKnownTo(wanted: TimeState | null, servers: readonly string[] | undefined): boolean | null {
  return wanted === null || servers === undefined ? null : wanted.servers.every((address) => servers.includes(address));
}

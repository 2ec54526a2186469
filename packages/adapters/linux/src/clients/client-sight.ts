import type { ClientSight } from "@rackway/schema";

import type { HostProblem } from "../problem.ts";
import { problem } from "../problem.ts";
import type { ClientObservation, ClientState, TimeSight } from "./observe-clients.ts";
import { isOurs } from "./observe-clients.ts";
import { resolverKind } from "./plan-resolver.ts";
import { timeDaemon } from "./plan-time.ts";
import { nameserversIn } from "./resolv-conf.ts";

/** What a report says of it. Pure. */
export function clientSight({ resolver, time }: ClientObservation): ClientSight {
  const by = resolverKind(resolver);
  const daemon = timeDaemon(time);
  return {
    resolver: {
      by,
      nameservers: by === "systemd-resolved" ? [...(resolver.uplinks ?? [])] : nameserversOf(resolver.conf),
      ours: isOurs(by === "systemd-resolved" ? resolver.dropIn.file : resolver.conf),
    },
    time: {
      by: daemon,
      ...selection(daemon, time),
      ours: isOurs(time.sources.file) || isOurs(time.timesyncdDropIn.file),
    },
  };
}

function nameserversOf(conf: ClientObservation["resolver"]["conf"]): string[] {
  if (conf.kind === "file") return nameserversIn(conf.bytes.toString("utf8"));
  return conf.kind === "link" && conf.text !== null ? nameserversIn(conf.text) : [];
}

function selection(daemon: ReturnType<typeof timeDaemon>, time: TimeSight): { selected: string | null; offsetMs: number | null } {
  if (daemon === "systemd-timesyncd") return { selected: time.timesync?.selected ?? null, offsetMs: null };
  const source = time.chronySources?.find(({ standing }) => standing === "*");
  return { selected: source?.address ?? null, offsetMs: source?.offsetMs ?? null };
}

/** What keeps no host from having become what it should be: servers that are asked, and say nothing. Pure. */
export function silentTimeServers({ time: wanted }: ClientState, { time }: ClientObservation): HostProblem[] {
  if (wanted === null || time.chronySources === null) return [];
  const ours = time.chronySources.filter(({ address }) => wanted.servers.includes(address));
  if (ours.length === 0 || ours.some(({ answers }) => answers)) return [];
  return [problem("time-server-silent", { daemon: "chrony", servers: wanted.servers.join(", ") })];
}

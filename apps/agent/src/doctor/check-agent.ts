import { fine, finding, toldFinding, unseen } from "@rackway/schema";
import type { Finding } from "@rackway/schema";

import { diskProblems } from "../disks.ts";
import type { HostSight } from "./host-sight.ts";
import { nameOfHost } from "./host-sight.ts";

/** What can be asked of a host that has no state: its agent, its server, its disks and its clock. */
type SightCheck = (sight: HostSight) => Finding[];

function placeOf(sight: HostSight, check: string): { readonly check: string; readonly subject: string } {
  return { check, subject: `host/${nameOfHost(sight)}` };
}

const checkConfig: SightCheck = (sight) => {
  const place = placeOf(sight, "configuration");
  const { config, files, hasToken } = sight;
  if (!config.isSeen)
    return [
      finding(
        place,
        "agent-config-invalid",
        { file: files.config, reason: withoutFile(config.why, files.config) },
        { severity: "critical" },
      ),
    ];
  if (!hasToken) return [finding(place, "agent-token-missing", { file: config.value.tokenFile })];
  return [fine(place, `${files.config} can be read, and there is a token`)];
};

/** The reason alone: whoever threw has named the file already. */
function withoutFile(why: string, file: string): string {
  return why.startsWith(`${file}: `) ? why.slice(file.length + 2) : why;
}

const checkAgent: SightCheck = (sight) => {
  const place = placeOf(sight, "agent");
  const { agent } = sight;
  const socket = "/run/rackway/agent.sock";
  if (!agent.isSeen) return [finding(place, "agent-unreachable", { socket, reason: agent.why })];
  if (agent.value === null) return [finding(place, "agent-unreachable", { socket, reason: "no agent listens there" })];
  const { agentVersion, revision, observedAt } = agent.value;
  return [fine(place, `it runs (version ${agentVersion}) and works from revision ${revision ?? "none"}`, `report of ${observedAt}`)];
};

/** A host whose clock is so far off is worth a look; the date of an answer is exact to a second. */
const clockOffMs = 3_000;

const checkServer: SightCheck = (sight) => {
  const place = placeOf(sight, "server");
  const { server, config, files } = sight;
  if (!config.isSeen) return [unseen(place, "the server", `${files.config} does not say where it is`)];
  const { server: address } = config.value;
  if (!server.isSeen) return [finding(place, "agent-without-server", { server: address, reason: server.why, file: files.config })];
  return [fine(place, `it answers at ${address}`)];
};

const checkClock: SightCheck = (sight) => {
  const place = placeOf(sight, "clock");
  const { clock, server } = sight;
  const aheadMs = server.isSeen ? server.value.aheadMs : null;
  const found: Finding[] = [];
  if (!clock.isSeen) found.push(unseen(place, "whether the clock is synchronised", clock.why));
  else if (!clock.value.isSynchronised) found.push(finding(place, "clock-unsynchronised", { by: clock.value.by, word: clock.value.word }));
  if (aheadMs !== null && Math.abs(aheadMs) > clockOffMs) {
    const direction = aheadMs > 0 ? "ahead of" : "behind";
    found.push(finding(place, "clock-offset", { seconds: Math.round(Math.abs(aheadMs) / 1000), direction }));
  }
  if (found.length > 0 || !clock.isSeen) return found;
  return [fine(place, `synchronised, says ${clock.value.by}${aheadMs === null ? "" : "; in step with the server's"}`, clock.value.word)];
};

const checkDisks: SightCheck = (sight) => {
  const place = placeOf(sight, "disks");
  const { disks } = sight;
  if (!disks.isSeen) return [unseen(place, "the file systems", disks.why)];
  const found = diskProblems(disks.value).map((problem) => toldFinding(place, problem));
  return found.length > 0 ? found : [fine(place, "there is room in /run, /var, and what Pacemaker and the agent keep")];
};

const checkState: SightCheck = (sight) => {
  const place = placeOf(sight, "host state");
  const { state, files } = sight;
  if (!state.isSeen) return [finding(place, "agent-state-missing", { file: files.state }, { seen: state.why })];
  const { cluster, revision, host } = state.value;
  return [fine(place, `revision ${revision} of cluster ${cluster}: ${host.role} in ${host.rack}`)];
};

export const sightChecks: readonly SightCheck[] = [checkConfig, checkState, checkAgent, checkServer, checkClock, checkDisks];

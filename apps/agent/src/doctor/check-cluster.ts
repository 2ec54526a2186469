import { fine, finding, orFine, toldFinding, unseen } from "@rackway/schema";
import type { Finding, PacemakerState } from "@rackway/schema";

import { failingProblems } from "../failing-resources.ts";
import { fencingProblems, fencingSight } from "../fencing.ts";
import { uplinkProblems } from "../uplink-words.ts";
import type { JudgedHost, MonitorSight } from "./host-sight.ts";

/** Corosync, Pacemaker and fencing, as this host sees them. Members are in no Pacemaker cluster: one answer says so. */
export function checkCluster(host: JudgedHost): Finding[] {
  const { pacemaker } = host.wanted;
  if (pacemaker === null)
    return [fine({ check: "Pacemaker", subject: `host/${host.wanted.host.name}` }, "this host is in no Pacemaker cluster, and needs none")];
  return [
    ...checkQuorum(host, pacemaker),
    ...checkLinks(host, pacemaker),
    ...checkPacemaker(host, pacemaker),
    ...checkFencing(host, pacemaker),
    ...checkUplinks(host),
  ];
}

function checkQuorum({ quorum }: JudgedHost, { cluster, nodes }: PacemakerState): Finding[] {
  const place = { check: "quorum", subject: `pacemaker/${cluster}` };
  if (!quorum.isSeen) return [unseen(place, "quorum", quorum.why)];
  if (!quorum.value.quorate) {
    const missing = { cluster, reason: quorum.value.reason };
    // Without quorum, whatever has one owner is stopped here.
    const found = finding(place, "quorum-missing", missing, { severity: "critical", seen: "corosync-quorumtool -s" });
    return [
      { ...found, remedy: found.remedy ?? "`corosync-quorumtool -s` says who is missing: bring those hosts, or the way to them, back." },
    ];
  }
  return [fine(place, `Corosync says that there is quorum (${nodes.length} ${nodes.length === 1 ? "node" : "nodes"} in the document)`)];
}

function checkLinks({ links }: JudgedHost, { cluster, nodes }: PacemakerState): Finding[] {
  const place = { check: "Corosync's links", subject: `pacemaker/${cluster}` };
  if (!links.isSeen) return [unseen(place, "Corosync's links", links.why)];
  const down = links.value.filter(({ isConnected }) => !isConnected);
  const found = down.map(({ link, nodeId, word }) => {
    const peer = nodes.find((node) => node.nodeId === nodeId);
    return finding(place, "corosync-link-down", {
      peer: peer?.name ?? `node ${nodeId}`,
      link,
      word,
      address: peer?.addresses[link] ?? "PEER",
    });
  });
  return orFine(place, found, `${links.value.length} ${links.value.length === 1 ? "link" : "links"} to other nodes, all connected`);
}

function checkPacemaker({ monitor, wanted }: JudgedHost, { cluster }: PacemakerState): Finding[] {
  const place = { check: "Pacemaker", subject: `pacemaker/${cluster}` };
  if (!monitor.isSeen) return [unseen(place, "Pacemaker", monitor.why)];
  const { seen, modes, trouble } = monitor.value;
  const own = `host/${wanted.host.name}`;
  const found = [
    ...(seen.dc === null ? [finding(place, "pacemaker-without-dc", {})] : []),
    ...(modes.stopsAll ? [finding(place, "pacemaker-stops-all", {})] : []),
    ...(modes.maintenance ? [finding(place, "pacemaker-maintenance", {})] : []),
    ...judgeNodes(monitor.value, place),
    ...modes.unmanaged.map((resource) => finding(place, "resource-unmanaged", { resource })),
    ...modes.blocked.map(({ resource, hosts }) => finding(place, "resource-blocked", { resource, hosts: hosts.join(", ") || "its host" })),
    ...[...new Set(trouble.failCounts.map(({ host }) => host))].flatMap((host) =>
      failingProblems(host, trouble).map((problem) =>
        toldFinding({ ...place, subject: host === wanted.host.name ? own : `host/${host}` }, problem),
      ),
    ),
  ];
  return orFine(place, found, `${seen.dc} is DC; ${seen.online.length} nodes online, ${seen.resources.length} resources, none failed`);
}

function judgeNodes({ modes }: MonitorSight, place: { readonly check: string; readonly subject: string }): Finding[] {
  return modes.nodes
    .filter(({ states }) => states.length > 0)
    .map(({ name, states }) => {
      const advice = states.includes("standby")
        ? `\`crm_standby --node ${name} --delete\` ends it; planned work is better announced by \`rackway drain ${name}\`.`
        : states.includes("maintenance")
          ? `\`crm_attribute --node ${name} --name maintenance --delete\` ends it.`
          : states.includes("offline") || states.includes("unclean")
            ? `Is ${name} on, and do corosync and pacemaker run there? \`rackway doctor\` there says more.`
            : "Normal for some seconds while it joins.";
      return finding(place, "pacemaker-node-unusual", { node: name, state: states.join(", "), advice });
    });
}

function checkFencing({ monitor, fenceAgents, fencingLog, wanted }: JudgedHost, pacemaker: PacemakerState): Finding[] {
  const place = { check: "fencing", subject: `pacemaker/${pacemaker.cluster}` };
  const absent = [...fenceAgents].filter(([, canRun]) => !canRun).map(([agent]) => finding(place, "fence-agent-missing", { agent }));
  if (!monitor.isSeen) return [...absent, unseen(place, "whether fencing works", "Pacemaker does not answer")];
  const { seen, trouble } = monitor.value;
  const failing = fencingProblems(fencingSight(wanted, trouble.fencing, seen.online, fencingLog)).map((problem) =>
    toldFinding(place, problem),
  );
  const off = seen.fencing === "on" ? [] : [judgeNoFencing(pacemaker, place)];
  return orFine(place, [...failing, ...off, ...absent], "it is on, its agents are here, and none has failed");
}

function judgeNoFencing({ cluster, takeover }: PacemakerState, place: { readonly check: string; readonly subject: string }): Finding {
  return takeover === "fenced" ? finding(place, "fencing-off", {}) : finding(place, "fencing-absent", { cluster });
}

function checkUplinks({ uplinks, wanted }: JudgedHost): Finding[] {
  const place = { check: "routers' links", subject: `host/${wanted.host.name}` };
  if (!uplinks.isSeen) return [unseen(place, "the virtual routers' links", uplinks.why)];
  const found = uplinkProblems(uplinks.value).map((problem) => toldFinding(place, problem));
  return orFine(place, found, "no link of a virtual router has lost its carrier or its gateways");
}

import { DOMParser, type Element } from "@xmldom/xmldom";
import type { CommandRunner } from "@rackway/linux";
import type { PacemakerObservation, PacemakerState } from "@rackway/schema";
import { revisionProperty } from "./cib-xml.ts";
import { observeQuorumDevice } from "./observe-quorum-device.ts";
import { observeQuorum } from "./observe-quorum.ts";
import type { ClusterTrouble } from "./observe-trouble.ts";
import { noTrouble, parseTrouble } from "./observe-trouble.ts";

/** What one look at Pacemaker shows: how things are, and what has gone wrong on the way. */
export interface PacemakerSight {
  readonly observation: PacemakerObservation;
  readonly trouble: ClusterTrouble;
}

/**
 * What Corosync and Pacemaker say on this host: quorum from Corosync, the rest from `crm_mon --output-as=xml` (crm_mon(8)).
 * With Pacemaker not answering, nothing is guessed: no DC, nobody online, no resources.
 */
export async function observePacemaker(
  run: CommandRunner,
  pacemaker: Pick<PacemakerState, "cluster" | "quorumDevice">,
): Promise<PacemakerSight> {
  const [quorum, monitor, revision, word] = await Promise.all([
    observeQuorum(run),
    run(["crm_mon", "--one-shot", "--output-as=xml", "--inactive"], { timeoutMs: 5_000 }),
    observeRevision(run),
    pacemaker.quorumDevice === null ? null : observeQuorumDevice(run),
  ]);
  const { hasDeviceVote: hasVote } = quorum;
  const quorumDevice = pacemaker.quorumDevice === null ? null : { word, isConnected: word === "Connected", hasVote };
  const seen = monitor.code === 0 ? parseMonitor(monitor.stdout) : nothingSeen;
  return {
    observation: { cluster: pacemaker.cluster, quorate: quorum.quorate, ...seen, revision, quorumDevice },
    trouble: monitor.code === 0 ? parseTrouble(monitor.stdout) : noTrouble,
  };
}

/** One property alone: the whole CIB, every few seconds on every host, would be read for this number. */
async function observeRevision(run: CommandRunner): Promise<number | null> {
  const { code, stdout } = await run(["crm_attribute", "--type", "crm_config", "--name", revisionProperty, "--query", "--quiet"], {
    timeoutMs: 5_000,
  });
  return code === 0 && /^\d+$/.test(stdout.trim()) ? Number(stdout) : null;
}

type Seen = Pick<PacemakerObservation, "dc" | "fencing" | "online" | "resources">;
const nothingSeen: Seen = { dc: null, fencing: "off", online: [], resources: [] };

/** Reads `crm_mon --output-as=xml`. Exported for its tests. */
export function parseMonitor(xml: string): Seen {
  const document = new DOMParser().parseFromString(xml, "text/xml");
  const all = (tag: string): Element[] => Array.from(document.getElementsByTagName(tag));
  const dc = all("current_dc")[0];
  const options = all("cluster_options")[0];
  const online = all("nodes")
    .flatMap((nodes) => Array.from(nodes.getElementsByTagName("node")))
    .filter((node) => node.getAttribute("online") === "true" && node.getAttribute("unclean") !== "true")
    .map((node) => node.getAttribute("name") ?? "");
  return {
    dc: dc?.getAttribute("present") === "true" ? dc.getAttribute("name") : null,
    fencing: options?.getAttribute("stonith-enabled") === "true" ? "on" : "off",
    online: [...new Set(online)],
    resources: collectResources(all("resource")),
  };
}

function collectResources(elements: readonly Element[]): Seen["resources"] {
  const found = new Map<string, { running: Set<string>; failed: Set<string> }>();
  for (const element of elements) {
    const id = (element.getAttribute("id") ?? "").split(":")[0] ?? "";
    // Resources of history and failure lists carry no role.
    if (id === "" || !element.hasAttribute("role")) continue;
    const entry = found.get(id) ?? { running: new Set<string>(), failed: new Set<string>() };
    found.set(id, entry);
    for (const node of Array.from(element.getElementsByTagName("node"))) {
      const name = node.getAttribute("name") ?? "";
      if (element.getAttribute("active") === "true") entry.running.add(name);
      if (element.getAttribute("failed") === "true") entry.failed.add(name);
    }
  }
  return [...found].map(([id, entry]) => ({ id, running: [...entry.running].sort(), failed: [...entry.failed].sort() }));
}

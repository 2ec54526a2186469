import { setTimeout as sleep } from "node:timers/promises";
import type { Stand } from "../../harness/stand.ts";

/**
 * A planned move as `rackway move` asks for it; resolves when its agent has said that it is done. A host that has just lost the router three
 * times is barred for a minute: that is waited for. @throws with the agent's words
 */
export async function moveRouter(stand: Stand, to: string, router = "vr-a"): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await tryToMove(stand, to, router, Date.now() < end))) await sleep(5000);
}

/** False: the host is barred, and there is time left to ask again. */
async function tryToMove(stand: Stand, to: string, router: string, mayWait: boolean): Promise<boolean> {
  const { client } = stand.controlPlane;
  const { id } = await client.startOperation({ kind: "move", router, to });
  return stand.until(`${router} is moved to ${to}`, 60_000, async () => {
    const { state, message } = await client.operation(id);
    if (state === "failed" && mayWait && message.includes("is barred from")) return false;
    if (state === "failed") throw new Error(`the move to ${to} failed: ${message}`);
    return state === "done" ? true : undefined;
  });
}

/** As `rackway drain` does: the host is marked, and what it carries leaves. Resolves when another host carries the router, and only that. */
export async function drainHost(stand: Stand, host: string, router = "vr-a"): Promise<string> {
  await stand.controlPlane.client.drain(host);
  return stand.ownerOtherThan(host, router, 60_000);
}

/** As `rackway resume` does. Resolves when no mark of the drain is left in the cluster's configuration. */
export async function resumeHost(stand: Stand, host: string): Promise<void> {
  await stand.controlPlane.client.undrain(host);
  await stand.until(`${host} is no longer marked as drained`, 60_000, async () =>
    (await leftovers(stand)).some((fact) => fact.startsWith("rw-drained")) ? undefined : true,
  );
}

/** The configuration and status of Pacemaker, as the first controller has it whose Pacemaker answers: one may be on its way up. */
export async function readCib(stand: Stand): Promise<string> {
  for (const host of stand.controllers().filter((name) => stand.lab.isOn(name))) {
    const { code, stdout } = await stand.lab.exec(host, ["cibadmin", "--query"]);
    if (code === 0) return stdout;
  }
  throw new Error("no controller's Pacemaker answers");
}

/** What a move, a drain or a tool of Pacemaker would leave behind: preferences in node attributes, and constraints that are not ours. */
export async function leftovers(stand: Stand): Promise<string[]> {
  const cib = await readCib(stand);
  const attributes = [...cib.matchAll(/<nvpair [^>]*name="((?:rw-[^"]*-prefer|rw-drained|standby|maintenance)")[^>]*>/g)].map(
    ([text, name]) => `${name?.slice(0, -1)}: ${text}`,
  );
  const constraints = [...cib.matchAll(/<rsc_(?:location|order|colocation)\b[^>]* id="([^"]+)"/g)].map(([, id]) => id ?? "");
  return [...attributes, ...constraints.filter((id) => !id.startsWith("rw-")).map((id) => `constraint ${id}`)];
}

/** Waits until every controller's kernel holds at least so many established TCP connections of the router: what a takeover could go on with. */
export async function holdEverywhere(stand: Stand, connections: number, router = "vr-a"): Promise<void> {
  const hosts = stand.controllers().filter((host) => stand.lab.isOn(host));
  const list = "for family in ipv4 ipv6; do conntrack -L -f $family -p tcp --state ESTABLISHED 2>/dev/null; done | wc -l";
  let seen = "";
  await stand
    .until("", 60_000, async () => {
      const counts = await Promise.all(hosts.map(async (host) => Number((await stand.inRouter(host, list, router)).stdout)));
      seen = hosts.map((host, index) => `${host} ${counts[index]}`).join(", ");
      return Math.min(...counts) >= connections ? true : undefined;
    })
    .catch(() => {
      throw new Error(`not every controller holds ${connections} connections after 60 s: ${seen}`);
    });
}

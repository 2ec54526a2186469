import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { HostProblem } from "@rackway/linux";
import { problem } from "@rackway/linux";
import { serviceResourceIds } from "@rackway/pacemaker";
import type { PacemakerState } from "@rackway/schema";
import { proxiedVips } from "@rackway/services";

/** Configurations that the daemons of service namespaces have refused on this host: they go on with the former ones. */
export async function readRefusals(runFolder: string, services: PacemakerState["services"]): Promise<HostProblem[]> {
  const looked = services.flatMap((service) => {
    const ids = serviceResourceIds(service);
    return [
      ...(proxiedVips(service).length === 0 ? [] : [refusal(runFolder, "proxy-refused", "HAProxy", service.name, ids.proxy)]),
      ...(service.dns === undefined ? [] : [refusal(runFolder, "service-refused", "Unbound", service.name, ids.dns)]),
      ...(service.ntp === undefined ? [] : [refusal(runFolder, "service-refused", "chronyd", service.name, ids.ntp)]),
    ];
  });
  return (await Promise.all(looked)).flat();
}

/** What the resource agent has written down: in a folder that takes no more text, a file with nothing in it. */
async function refusal(
  runFolder: string,
  code: "proxy-refused" | "service-refused",
  daemon: string,
  namespace: string,
  resource: string,
): Promise<HostProblem[]> {
  const folder = join(runFolder, resource);
  const written = await readFile(join(folder, "refused"), "utf8").catch(() => null);
  if (written === null) return [];
  const reason = written.trim() || `cannot write to ${folder}`;
  const said = { namespace, resource, reason };
  return [code === "proxy-refused" ? problem(code, said) : problem(code, { ...said, daemon })];
}

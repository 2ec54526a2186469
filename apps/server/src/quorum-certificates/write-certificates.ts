import { runningPacemakerClusters } from "@rackway/ipam";
import { certificatePurpose } from "@rackway/planner";
import type { ClusterDocument } from "@rackway/schema";
import { corosyncClusterName } from "@rackway/schema";
import type { Repositories } from "@rackway/store";

import { sha256 } from "../canonical-json.ts";
import type { ChangeContext } from "../control-plane.ts";
import type { CurrentView } from "../current-view.ts";

/** As corosync-qnetd-certutil(8) calls them; corosync-qdevice looks for the server's (its manual, "advanced settings"). */
const names = { authority: "QNet CA", server: "Qnetd Server" } as const;
const authorityPurpose = "quorum-authority";

/**
 * Certificates of the quorum devices that a document names, and that are not there yet: one of each host that runs corosync-qnetd, one of
 * each Pacemaker cluster, whose name must be in it. All are signed by one authority of this installation, whose key never leaves the
 * database. What was made once is kept: a device that comes back is known.
 *
 * A certificate is kept, and handed out, with its key and the authority's certificate, as one PEM text.
 */
export async function writeCertificates(
  { repositories, now }: ChangeContext,
  { certificates }: Pick<CurrentView, "certificates">,
  document: ClusterDocument,
  randomBytes: (size: number) => Buffer,
): Promise<void> {
  /** Common names by purpose. */
  const wanted = new Map<string, string>();
  for (const { settings } of runningPacemakerClusters(document)) {
    if (settings.quorumDevice === undefined) continue;
    wanted.set(certificatePurpose.server(settings.quorumDevice.host), names.server);
    wanted.set(certificatePurpose.cluster(settings.name), corosyncClusterName(settings.name));
  }
  const missing = [...wanted].filter(([purpose]) => !certificates.has(purpose));
  if (missing.length === 0) return;
  // Only where there is a quorum device: the library takes 20 MB of memory.
  const { makeAuthority, makeCredential } = await import("./x509.ts");
  const keep = async (purpose: string, text: string): Promise<void> => {
    const id = `${purpose.replace("/", "-")}-${randomBytes(4).toString("hex")}`;
    const value = Buffer.from(text);
    await repositories.secrets.add({ id, purpose, sha256: sha256(value), createdAt: now.toISOString() }, value);
  };
  let authority = await keptAuthority(repositories);
  if (authority === null) {
    authority = await makeAuthority(names.authority, randomBytes(16));
    await keep(authorityPurpose, authority);
  }
  for (const [purpose, commonName] of missing) await keep(purpose, await makeCredential(commonName, randomBytes(16), authority));
}

async function keptAuthority({ secrets }: Repositories): Promise<string | null> {
  const known = (await secrets.list()).find(({ purpose }) => purpose === authorityPurpose);
  const bytes = known === undefined ? null : await secrets.value(known.id);
  return bytes === null ? null : Buffer.from(bytes).toString("utf8");
}

import { createHash } from "node:crypto";

import type { Reservation } from "@rackway/ipam";
import { allocate } from "@rackway/ipam";
import type { ClusterDocument, HostState, SecretRef } from "@rackway/schema";
import { parseDocument } from "@rackway/schema";

import type { CompileOptions } from "../compile.ts";
import { compile } from "../compile.ts";
import { certificatePurpose } from "../compile-quorum-device.ts";

/** A parsed document; throws with all issues where the text is not one. */
export function mustParse(text: string): ClusterDocument {
  const result = parseDocument([{ name: "document.yaml", text }]);
  if (!result.ok) throw new Error(result.issues.map(({ message, line }) => `${line}: ${message}`).join("; "));
  return result.document;
}

/** Revision 1, nothing drained or paused, and made-up keys and certificates. */
export function planOptions(document: ClusterDocument, options: { drained?: string[]; paused?: string[] } = {}): CompileOptions {
  const names = [...(document.spec.pacemaker ?? []), ...document.spec.racks].map(({ name }) => name);
  return {
    revision: 1,
    epoch: 1,
    operations: { drained: new Map((options.drained ?? []).map((host) => [host, null])), paused: new Set(options.paused) },
    authKeys: new Map(names.map((name) => [name, secretRef(`corosync-${name}`, name)])),
    certificates: new Map(
      [...names.map(certificatePurpose.cluster), ...document.spec.hosts.map(({ name }) => certificatePurpose.server(name))].map(
        (purpose) => [purpose, secretRef(purpose.replace("/", "-"), purpose)],
      ),
    ),
  };
}

function secretRef(id: string, content: string): SecretRef {
  return { id, sha256: createHash("sha256").update(content).digest("hex") };
}

/** Allocated from nothing, and compiled. */
export function compiled(document: ClusterDocument, options = planOptions(document)): Map<string, HostState> {
  return compile(document, reservationsOf(document), options);
}

export function reservationsOf(document: ClusterDocument): readonly Reservation[] {
  const allocation = allocate({ document, existing: [], revision: 1 });
  if (!allocation.ok) throw new Error(allocation.issues.map(({ message }) => message).join("; "));
  return allocation.reservations;
}

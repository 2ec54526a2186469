import { X509Certificate } from "node:crypto";

import { certificatePurpose } from "@rackway/planner";
import type { Store } from "@rackway/store";

import type { CurrentView } from "../current-view.ts";
import type { Samples } from "./samples.ts";

/** When the quorum devices' certificates end. A secret never changes under its id, so each is opened once, and only its date is kept. */
export class CertificateDates {
  readonly #store: Pick<Store, "secrets">;
  /** Seconds since the epoch by id of the secret; null: it is no certificate. */
  readonly #ends = new Map<string, number | null>();

  constructor(store: Pick<Store, "secrets">) {
    this.#store = store;
  }

  async write(samples: Samples, { certificates }: Pick<CurrentView, "certificates">): Promise<void> {
    for (const [purpose, { id }] of certificates) {
      if (!this.#ends.has(id)) this.#ends.set(id, endOf(await this.#store.secrets.value(id)));
      const server = certificatePurpose.server("");
      const isServer = purpose.startsWith(server);
      const name = purpose.slice((isServer ? server : certificatePurpose.cluster("")).length);
      const labels = { purpose: isServer ? "quorum-server" : "quorum-cluster", name };
      samples.add("rackway_certificate_expiry_timestamp_seconds", labels, this.#ends.get(id));
    }
  }
}

/** Of the first certificate in a PEM text. */
function endOf(pem: Uint8Array | null): number | null {
  if (pem === null) return null;
  try {
    return Date.parse(new X509Certificate(pem).validTo) / 1000;
  } catch {
    return null;
  }
}

import { stringify } from "yaml";

import type { Stand } from "./stand.ts";

const files = { authorities: "/etc/rackway/lab-ca.pem", anchors: "/etc/rackway/lab-anchors" };

/** A router whose upstreams are asked over TLS and with NTS, and whose answers are validated, by what the internet host of the lab has made. */
export class TrustedUpstreams {
  readonly #stand: Stand;
  readonly #vip: string;

  /** The internet's authority and its zones' keys on the controllers, as their administrator puts them there. */
  static async prepare(stand: Stand): Promise<TrustedUpstreams> {
    const { lab } = stand;
    const [authority, anchors] = [
      await lab.run("internet", ["cat", "/etc/ssl/lab/ca.pem"]),
      await lab.run("internet", ["cat", "/etc/nsd/anchors"]),
    ];
    for (const host of stand.controllers()) {
      await lab.writeFile(host, files.authorities, authority);
      await lab.writeFile(host, files.anchors, anchors);
    }
    return new TrustedUpstreams(stand, (await stand.vips("vr-a")).management.ipv4);
  }

  private constructor(stand: Stand, vip: string) {
    this.#stand = stand;
    this.#vip = vip;
  }

  /**
   * Applies the document with these: name servers whose certificate is to be of that name, with validation; a time server with NTS, by its name or
   * address. Other time servers stay.
   */
  async become({ tls, nts }: { readonly tls: string; readonly nts?: string }): Promise<void> {
    const document = structuredClone(this.#stand.document);
    for (const { dns, ntp } of document.spec.virtualRouters) {
      if (dns === undefined || ntp === undefined) continue;
      dns.upstreams = ["198.51.100.53", "2001:db8:100::53"].map((address) => ({ address, tls, port: 853 }));
      dns.dnssec = { trustAnchors: files.anchors };
      dns.certificateAuthorities = files.authorities;
      if (nts === undefined) continue;
      ntp.upstreams = [{ server: nts, nts: true }];
      ntp.certificateAuthorities = files.authorities;
    }
    await this.#apply(document);
  }

  /** The document as it was; returns when the router asks by it. */
  async plainAgain(): Promise<void> {
    await this.#apply(this.#stand.document);
    await this.#stand.until("the world is known in the clear", 30_000, async () =>
      (await this.answer(`plain-${Date.now()}.example`)).includes("NXDOMAIN") ? true : undefined,
    );
  }

  async #apply(document: Stand["document"]): Promise<void> {
    await this.#stand.controlPlane.apply("upstreams.yaml", stringify(document));
    await this.#stand.controlPlane.converged();
  }

  /** What the member is told, as dig(1) prints it: status, flags, answers with a space before each field. */
  async answer(question: string): Promise<string> {
    const { stdout } = await this.#stand.lab.sh("node-a1", `dig +adflag +time=3 +tries=2 @${this.#vip} ${question}`);
    return stdout.replaceAll(/[ \t]+/g, " ");
  }

  /** A host's time service follows an upstream whose answers are authenticated, by chronyd's own word. */
  async isAuthenticated(host: string): Promise<boolean> {
    const ask = `chronyc -c -n -h /run/rackway/rw-vr-a-ntp/chrony/control`;
    const { stdout } = await this.#stand.lab.sh(host, `${ask} authdata; ${ask} sources`);
    // Key, and cookies left; then the source itself.
    return /^(198\.51|2001)[^,]*,NTS,[1-9]\d*,(?:\d+,){5}[1-9]\d*,/m.test(stdout) && /^\^,\*,(198\.51|2001)/m.test(stdout);
  }

  /** Which of the two services has no upstream that answers, by status. */
  async problems(): Promise<string[]> {
    const { problems } = await this.#stand.controlPlane.client.status();
    return [...new Set(problems.flatMap(({ code }) => (/^(name|time)-servers-silent$/.test(code) ? [code] : [])))].sort();
  }
}

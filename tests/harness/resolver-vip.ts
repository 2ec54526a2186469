import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { parseDocument, type ClusterDocument, type DnsSpec, type VipSpec } from "@rackway/schema";
import { stringify } from "yaml";
import type { AnycastStand } from "./anycast-stand.ts";
import { hearTime } from "./hear-time.ts";
import { type Family, vipAddresses } from "./vip-stand.ts";

const example = resolve(import.meta.dirname, "../../examples/resolver.yaml");

/** Questions for a name, one after the other, each asked once. */
export interface Questions {
  /** Ends them. */
  stop(): Promise<{ readonly asked: number; readonly failed: number }>;
}

/** The VIP of examples/resolver.yaml on a stand of the same hosts, beside its own: Unbound and chronyd on every controller, asked by the members. */
export class ResolverVip {
  readonly vip: Readonly<Record<Family, string>>;
  readonly #any: AnycastStand;
  readonly #document: ClusterDocument;

  /** `beside`: VIPs that are applied with it. */
  static async prepare(any: AnycastStand, beside: readonly VipSpec[]): Promise<ResolverVip> {
    const parsed = parseDocument([{ name: example, text: readFileSync(example, "utf8") }]);
    if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join("; "));
    const { spec } = any.stand.document;
    const [{ useVips } = {}] = parsed.document.spec.racks;
    const racks = spec.racks.map((rack) => ({ ...rack, useVips: structuredClone(useVips) }));
    const document = { ...any.stand.document, spec: { ...spec, racks, vips: [...spec.vips, ...parsed.document.spec.vips, ...beside] } };
    const { controlPlane } = any.stand;
    await controlPlane.apply("resolver.yaml", stringify(document));
    await controlPlane.converged();
    return new ResolverVip(any, document, await vipAddresses(any.stand, "resolver"));
  }

  private constructor(any: AnycastStand, document: ClusterDocument, vip: ResolverVip["vip"]) {
    this.#any = any;
    this.#document = document;
    this.vip = vip;
  }

  announced(router: string, hosts: readonly string[], timeoutMs = 30_000): Promise<void> {
    return this.#any.announced(router, hosts, timeoutMs, this.vip);
  }

  /** Applies the document with something else about the name service, and waits until hosts are as it says. */
  async change(dns: Partial<DnsSpec>): Promise<void> {
    const { controlPlane } = this.#any.stand;
    const vips = this.#document.spec.vips.map((vip) => (vip.dns === undefined ? vip : { ...vip, dns: { ...vip.dns, ...dns } }));
    await controlPlane.apply("resolver.yaml", stringify({ ...this.#document, spec: { ...this.#document.spec, vips } }));
    await controlPlane.converged();
  }

  /** dig(1)'s short answer through the VIP; what is said in its place where there is none. */
  async resolve(client: string, family: Family, ...words: string[]): Promise<string> {
    const asked = ["dig", "+short", "+time=2", "+tries=3", `@${this.vip[family]}`, ...words];
    return (await this.#any.stand.lab.exec(client, asked)).stdout.trim();
  }

  /** What an answer through the VIP says of itself: `NOERROR`, `NXDOMAIN`, `SERVFAIL`; `""`: there is none. */
  async status(client: string, name: string): Promise<string> {
    const { stdout } = await this.#any.stand.lab.exec(client, ["dig", "+time=2", "+tries=2", `@${this.vip[4]}`, name]);
    return /status: (\w+)/.exec(stdout)?.[1] ?? "";
  }

  /** Each host's Unbound knows what it was asked itself. */
  async askEverywhere(name: string): Promise<void> {
    const ask = ["ip", "netns", "exec", "rw-names", "dig", "+short", "@127.0.0.1", name];
    await Promise.all(this.#any.hosts.map((host) => this.#any.stand.lab.run(host, ask)));
  }

  /** What the VIP's time is ahead of the client's clock, in seconds; null: no answer. */
  secondsAhead(client: string, family: Family): Promise<number | null> {
    return hearTime(this.#any.stand, client, this.vip[family]);
  }

  /** Whom a member asks by its own files: for names, and for the time. */
  async asked(member: string): Promise<{ names: string[]; time: string[] }> {
    const files = await this.#any.stand.lab.run(member, [
      "sh",
      "-c",
      "grep ^nameserver /etc/resolv.conf; grep ^server /etc/chrony/sources.d/rackway.sources",
    ]);
    const of = (word: string): string[] => [...files.matchAll(new RegExp(`^${word} (\\S+)`, "gm"))].map(([, address = ""]) => address);
    return { names: of("nameserver"), time: of("server") };
  }

  /** Asks from a member until it is told to stop. */
  question(client: string): Questions {
    const { lab } = this.#any.stand;
    const ask = `dig +tries=1 +time=1 @${this.vip[4]} www.example | grep -q 'status: NOERROR' || failed=$((failed + 1)); asked=$((asked + 1))`;
    const loop = `rm -f /run/asked; asked=0 failed=0; while [ ! -e /run/asked ] && [ $asked -lt 20000 ]; do ${ask}; done; echo $asked $failed`;
    const all = lab.exec(client, ["sh", "-c", loop], { timeoutMs: 120_000 });
    return {
      stop: async () => {
        await lab.run(client, ["touch", "/run/asked"]);
        const [asked = 0, failed = 0] = (await all).stdout.split(" ").map(Number);
        return { asked, failed };
      },
    };
  }

  async pid(host: string, daemon: "dns" | "ntp"): Promise<string> {
    return (await this.#any.stand.lab.sh(host, `cat /run/rackway/rw-names-${daemon}/pid`)).stdout.trim();
  }

  async signal(host: string, daemon: "dns" | "ntp", signal: "KILL" | "STOP"): Promise<void> {
    await this.#any.stand.lab.run(host, ["kill", `-${signal}`, await this.pid(host, daemon)]);
  }

  /** What the checker of the namespace has written down, a line of JSON each. */
  events(host: string): Promise<string> {
    return this.#any.stand.lab.run(host, ["cat", "/run/rackway/rw-names-check/events"]);
  }
}

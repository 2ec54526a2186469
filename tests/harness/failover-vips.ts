import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { parseDocument } from "@rackway/schema";
import { stringify } from "yaml";
import type { Stand } from "./stand.ts";
import { type Family, vipAddresses } from "./vip-stand.ts";
import { VipWatch, type VipWatchReport } from "./vip-watch.ts";

const example = resolve(import.meta.dirname, "../../examples/failover.yaml");

export type FailoverName = "shop-in" | "shop-out" | "names";
const networks = { "shop-in": "management", "shop-out": "public", names: "management" } as const;

/** The VIPs of examples/failover.yaml on a stand of rack-a, and the web server on its member that HAProxy passes on to. */
export class FailoverVips {
  readonly addresses: Readonly<Record<FailoverName, Readonly<Record<Family, string>>>>;
  readonly #stand: Stand;

  static async prepare(stand: Stand): Promise<FailoverVips> {
    await stand.lab.run("node-a1", ["sh", "-c", "ip netns attach root 1; /usr/lib/rackway-lab/say-host start root"]);
    const parsed = parseDocument([{ name: example, text: readFileSync(example, "utf8") }]);
    if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join("; "));
    const { vips } = parsed.document.spec;
    await stand.controlPlane.apply("with-vips.yaml", stringify({ ...stand.document, spec: { ...stand.document.spec, vips } }));
    await stand.controlPlane.converged();
    const of = (name: FailoverName) => vipAddresses(stand, name);
    return new FailoverVips(stand, { "shop-in": await of("shop-in"), "shop-out": await of("shop-out"), names: await of("names") });
  }

  private constructor(stand: Stand, addresses: FailoverVips["addresses"]) {
    this.#stand = stand;
    this.addresses = addresses;
  }

  /** Hosts that are on whose kernel has all addresses of a VIP. */
  async owners(name: FailoverName): Promise<string[]> {
    const wanted = Object.values(this.addresses[name]);
    const hosts = this.#stand.controllers().filter((host) => this.#stand.lab.isOn(host));
    const seen = await Promise.all(
      hosts.map(async (host) => {
        const { stdout } = await this.#stand.lab.sh(host, "ip -n rw-haproxy -o address show scope global").catch(() => ({ stdout: "" }));
        return wanted.every((address) => stdout.includes(` ${address}/`)) ? [host] : [];
      }),
    );
    return seen.flat();
  }

  /** Waits for one owner, another than `not`. */
  ownerOtherThan(name: FailoverName, not: string | null): Promise<string> {
    return this.#stand.until(`one owner of ${name}${not === null ? "" : ` that is not ${not}`}`, 60_000, async () => {
      const owners = await this.owners(name);
      return owners.length === 1 && owners[0] !== not ? owners[0] : undefined;
    });
  }

  /** What a host is answered; empty when nobody answers within 3 s. */
  async ask(from: string, name: FailoverName, family: Family): Promise<string> {
    const address = this.addresses[name][family];
    const host = family === 6 ? `[${address}]` : address;
    return (await this.#stand.lab.exec(from, ["curl", "-s", "-m", "3", `http://${host}/`])).stdout.trim();
  }

  /** MAC of a VIP's link on a host. */
  async mac(host: string, name: FailoverName): Promise<string> {
    const script = `ip -n rw-haproxy -j link show dev n-${networks[name]}`;
    return /"address":"([^"]+)"/.exec((await this.#stand.lab.sh(host, script)).stdout)?.[1] ?? "";
  }

  /** Who answers for a VIP on the wire of its network, at the top-of-rack router. */
  watch(name: FailoverName): Promise<VipWatch> {
    const addresses = Object.values(this.addresses[name]);
    return VipWatch.start({ place: this.#stand.place("tor-a"), interface: `br-${networks[name]}`, addresses, maxMs: 180_000 });
  }

  /** What of the VIPs is left on hosts, in words. */
  async traces(): Promise<string[]> {
    const look = "ip netns list; ip -br link; ls /run/rackway; nft list tables; cibadmin -Q --xpath //resources; pgrep -a haproxy";
    const all = await Promise.all(
      this.#stand.controllers().map(async (host) => {
        const { stdout } = await this.#stand.lab.sh(host, look);
        return stdout.split("\n").flatMap((line) => (/haproxy|rwl-|n-management|n-public/.test(line) ? [`${host}: ${line.trim()}`] : []));
      }),
    );
    return all.flat();
  }
}

/** Whom a watch has seen to answer for each address, and when two did at once; prints for how long nobody did. */
export function answerers({ byAddress }: VipWatchReport): { macs: string[]; together: unknown[] } {
  const all = Object.values(byAddress);
  console.log(all.map(({ address, longestNobodyMs }) => `nobody answered for ${address} for ${Math.round(longestNobodyMs)} ms`).join("; "));
  return {
    macs: [...new Set(all.flatMap(({ tenures }) => tenures.filter(({ sightings }) => sightings.answer > 0).map(({ mac }) => mac)))],
    together: all.flatMap(({ twoAnswerers }) => twoAnswerers),
  };
}

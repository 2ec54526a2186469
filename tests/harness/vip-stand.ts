import { stringify } from "yaml";
import { AnycastFlows, type AnycastFlowsOptions } from "./anycast-flows.ts";
import { insideNamespace } from "./place.ts";
import { Stand, type StandOptions } from "./stand.ts";

export const families = [4, 6] as const;
export type Family = (typeof families)[number];

/** The addresses that a VIP of the document was given; empty where it has none of a family. */
export async function vipAddresses({ controlPlane }: Stand, name: string): Promise<Readonly<Record<Family, string>>> {
  const { addresses } = await controlPlane.client.vip(name);
  const of = (family: Family): string => addresses.find((each) => each.family === family)?.address ?? "";
  return { 4: of(4), 6: of(6) };
}

/** A whole Rackway whose document has one VIP in a namespace of Rackway's own, with an HTTP service on port 8080 behind it. */
export class VipStand {
  readonly stand: Stand;
  /** Controllers of all racks. */
  readonly hosts: readonly string[];
  /** The VIP's addresses. */
  readonly vip: Readonly<Record<Family, string>>;
  /** Name of the network namespace. */
  readonly netns: string;

  protected constructor(stand: Stand, vip: VipStand["vip"], netns: string) {
    this.stand = stand;
    this.vip = vip;
    this.netns = netns;
    this.hosts = stand.document.spec.racks.flatMap(({ name }) => stand.controllers(name));
  }

  /** The stand of an example, and what its one VIP was given. */
  protected static async prepare(options: StandOptions): Promise<[Stand, VipStand["vip"], string]> {
    const stand = await Stand.up(options);
    const [spec] = stand.document.spec.vips;
    return [stand, await vipAddresses(stand, spec?.name ?? ""), `rw-${spec?.namespace}`];
  }

  /** Starts or stops what answers behind the VIP on a host: an HTTP server that says the host's name. */
  async service(host: string, verb: "start" | "stop"): Promise<void> {
    await this.stand.lab.run(host, ["/usr/lib/rackway-lab/say-host", verb, this.netns]);
  }

  /** Has the service run on a host, which may have booted a moment ago. */
  async serve(host: string): Promise<void> {
    const { lab } = this.stand;
    await this.stand.until(
      `Pacemaker has made the namespace on ${host}, where VIPs may be bound before they are there`,
      60_000,
      async () => {
        const { code, stdout } = await lab.sh(host, `ip netns exec ${this.netns} sysctl -n net.ipv4.ip_nonlocal_bind`);
        return code === 0 && stdout.trim() === "1" ? true : undefined;
      },
    );
    if ((await lab.sh(host, `ip netns exec ${this.netns} ss -Hltn | grep -q :8080`)).code !== 0) await this.service(host, "start");
  }

  /** The answer of whoever the routers choose; empty when nobody answers within 3 s. */
  async ask(from: string, family: Family): Promise<string> {
    const address = family === 6 ? `[${this.vip[6]}]` : this.vip[4];
    const { stdout } = await this.stand.lab.exec(from, ["curl", "-s", "-m", "3", `http://${address}:8080/`]);
    return stdout.trim();
  }

  /** Flows to the VIP, answered by servers in the service's namespace on `hosts`. */
  flows(
    options: Omit<AnycastFlowsOptions, "clients" | "servers" | "address"> & { from: string[]; hosts: string[]; family?: Family },
  ): Promise<AnycastFlows> {
    const { from, hosts, family = 4, ...rest } = options;
    const servers = hosts.map((host) => insideNamespace(this.stand.place(host), this.netns));
    return AnycastFlows.start({ ...rest, clients: from.map((host) => this.stand.place(host)), servers, address: this.vip[family] });
  }

  /** Takes all VIPs out of the document, and waits until no host has anything of them; `others`: namespaces beside the stand's own. */
  async takeOut(others: readonly string[] = []): Promise<void> {
    const { controlPlane, document, lab } = this.stand;
    await controlPlane.apply(
      "without-vips.yaml",
      stringify({ ...document, spec: { ...document.spec, vips: [], vipPools: [], roamingRouters: [] } }),
    );
    await controlPlane.converged();
    const look =
      "ip netns list; ip -br link; ip rule; ip -6 rule; ip route show table all proto 82; ip -6 route show table all proto 82; nft list tables";
    const traces = new RegExp(
      `${[this.netns, ...others].join("|")}|rw-any|rackway-any|rwh-s|rackway-out-s|8190|8200|8201|10\\.77\\.|fd00:77:`,
    );
    for (const host of this.hosts) {
      await this.stand.until(`nothing of it is left on ${host}`, 60_000, async () => {
        const seen = await lab.run(host, ["sh", "-c", look]);
        return seen.includes("lookup main") && !traces.test(seen) ? true : undefined;
      });
    }
  }

  down(): Promise<void> {
    return this.stand.down();
  }
}

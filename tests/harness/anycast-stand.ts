import type { CheckerStatus } from "@rackway/schema";
import { AnycastFlows, type AnycastFlowsOptions } from "./anycast-flows.ts";
import { insideNamespace } from "./place.ts";
import { Stand, type StandOptions } from "./stand.ts";

export const families = [4, 6] as const;
type Family = (typeof families)[number];

/** What the example `anycast` stands on: a whole Rackway with the VIP `web` in the namespace `web`, checked by HTTP on port 8080. */
export class AnycastStand {
  readonly stand: Stand;
  /** The VIP's addresses. */
  readonly vip: Readonly<Record<Family, string>>;

  static async up(options: Omit<StandOptions, "example">): Promise<AnycastStand> {
    const stand = await Stand.up({ ...options, example: "anycast" });
    const { items } = await stand.controlPlane.client.vips();
    const addresses = items.find(({ name }) => name === "web")?.addresses ?? [];
    const of = (family: Family): string => addresses.find((each) => each.family === family)?.address ?? "";
    return new AnycastStand(stand, { 4: of(4), 6: of(6) });
  }

  private constructor(stand: Stand, vip: Record<Family, string>) {
    this.stand = stand;
    this.vip = vip;
  }

  /** Controllers of all racks. */
  get controllers(): string[] {
    return this.stand.document.spec.racks.flatMap(({ name }) => this.stand.controllers(name));
  }

  /** Starts or stops what answers behind the VIP on a host: an HTTP server that says the host's name. */
  async service(host: string, verb: "start" | "stop"): Promise<void> {
    await this.stand.lab.run(host, ["/usr/lib/rackway-lab/say-host", verb, "rw-web"]);
  }

  /** Whom a router sends to what is for an address, by the kernel's own table: names of hosts, or of the router beyond. */
  async nextHops(router: string, address: string): Promise<string[]> {
    const text = await this.stand.lab.run(router, ["ip", address.includes(":") ? "-6" : "-4", "-j", "route", "show", address]);
    const routes = text.trim() === "" ? [] : (JSON.parse(text) as { dev?: string; nexthops?: { dev: string }[] }[]);
    const devices = routes.flatMap((route) => route.nexthops?.map((hop) => hop.dev) ?? (route.dev === undefined ? [] : [route.dev]));
    return devices.map((device) => device.replace(/^f-/, "")).toSorted();
  }

  /** Waits until a router sends what is for the VIP to exactly these, in both families. @throws naming whom it sends to instead */
  async announced(router: string, hosts: readonly string[], timeoutMs = 20_000): Promise<void> {
    const wanted = hosts.toSorted().join(" ");
    let seen = "";
    await this.stand
      .until(`${router} sends to ${wanted === "" ? "nobody" : wanted}`, timeoutMs, async () => {
        const [four, six] = await Promise.all(families.map(async (family) => (await this.nextHops(router, this.vip[family])).join(" ")));
        seen = `IPv4: ${four}; IPv6: ${six}`;
        return four === wanted && six === wanted ? true : undefined;
      })
      .catch((error: unknown) => {
        throw new Error(`${String(error)}; it sends to: ${seen}`, { cause: error });
      });
  }

  /** What the checker of a host thinks at the moment. */
  async checkerStatus(host: string): Promise<CheckerStatus> {
    return JSON.parse(await this.stand.lab.run(host, ["cat", "/run/rackway/rw-web-check/status.json"])) as CheckerStatus;
  }

  /** Flows to the VIP, answered by servers in the service's namespace on `hosts`. */
  flows(
    options: Omit<AnycastFlowsOptions, "clients" | "servers" | "address"> & { from: string[]; hosts: string[]; family?: Family },
  ): Promise<AnycastFlows> {
    const { from, hosts, family = 4, ...rest } = options;
    const servers = hosts.map((host) => insideNamespace(this.stand.place(host), "rw-web"));
    return AnycastFlows.start({ ...rest, clients: from.map((host) => this.stand.place(host)), servers, address: this.vip[family] });
  }

  /** The answer of whoever the routers choose; empty when nobody answers within 3 s. */
  async ask(from: string, family: Family): Promise<string> {
    const address = family === 6 ? `[${this.vip[6]}]` : this.vip[4];
    const { stdout } = await this.stand.lab.exec(from, ["curl", "-s", "-m", "3", `http://${address}:8080/`]);
    return stdout.trim();
  }

  down(): Promise<void> {
    return this.stand.down();
  }
}

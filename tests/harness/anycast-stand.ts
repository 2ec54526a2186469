import type { CheckerStatus } from "@rackway/schema";
import type { StandOptions } from "./stand.ts";
import { families, VipStand } from "./vip-stand.ts";

/** What the example `anycast` stands on: a VIP that controllers of both racks announce. */
export class AnycastStand extends VipStand {
  static async up(options: Omit<StandOptions, "example">): Promise<AnycastStand> {
    return new AnycastStand(...(await VipStand.prepare({ ...options, example: "anycast" })));
  }

  /** Whom a router sends to what is for an address, by the kernel's own table: names of hosts, or of the router beyond. */
  async nextHops(router: string, address: string): Promise<string[]> {
    const text = await this.stand.lab.run(router, ["ip", address.includes(":") ? "-6" : "-4", "-j", "route", "show", address]);
    const routes = text.trim() === "" ? [] : (JSON.parse(text) as { dev?: string; nexthops?: { dev: string }[] }[]);
    const devices = routes.flatMap((route) => route.nexthops?.map((hop) => hop.dev) ?? (route.dev === undefined ? [] : [route.dev]));
    return devices.map((device) => device.replace(/^f-/, "")).toSorted();
  }

  /** Waits until a router sends what is for the VIP to exactly these, in both families. @throws naming whom it sends to instead */
  async announced(router: string, hosts: readonly string[], timeoutMs = 20_000, vip = this.vip): Promise<void> {
    const wanted = hosts.toSorted().join(" ");
    let seen = "";
    await this.stand
      .until(`${router} sends to ${wanted === "" ? "nobody" : wanted}`, timeoutMs, async () => {
        const [four, six] = await Promise.all(families.map(async (family) => (await this.nextHops(router, vip[family])).join(" ")));
        seen = `IPv4: ${four}; IPv6: ${six}`;
        return four === wanted && six === wanted ? true : undefined;
      })
      .catch((error: unknown) => {
        throw new Error(`${String(error)}; it sends to: ${seen}`, { cause: error });
      });
  }

  /** What the checker of a host thinks at the moment. */
  async checkerStatus(host: string): Promise<CheckerStatus> {
    return JSON.parse(await this.stand.lab.run(host, ["cat", `/run/rackway/${this.netns}-check/status.json`])) as CheckerStatus;
  }
}

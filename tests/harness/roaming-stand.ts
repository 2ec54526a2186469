import { AnycastFlows } from "./anycast-flows.ts";
import { insideNamespace } from "./place.ts";
import { RoamingWatch } from "./roaming-watch.ts";
import { Stand, type StandOptions } from "./stand.ts";

const families = [4, 6] as const;

/** What the example `roaming` stands on: one cluster across both racks, with the VIP `api` in the namespace `api`, checked by HTTP on port 8080. */
export class RoamingStand {
  readonly stand: Stand;
  /** The controllers of both racks. */
  readonly hosts: readonly string[];
  readonly vip: Readonly<Record<4 | 6, string>>;

  /** With the service on every host. */
  static async up(options: Omit<StandOptions, "example">): Promise<RoamingStand> {
    const stand = await Stand.up({ ...options, example: "roaming" });
    const { items } = await stand.controlPlane.client.vips();
    const addresses = items.find(({ name }) => name === "api")?.addresses ?? [];
    const of = (family: 4 | 6): string => addresses.find((each) => each.family === family)?.address ?? "";
    const roaming = new RoamingStand(stand, { 4: of(4), 6: of(6) });
    try {
      await Promise.all(roaming.hosts.map((host) => roaming.serve(host)));
      return roaming;
    } catch (error) {
      await stand.down();
      throw error;
    }
  }

  private constructor(stand: Stand, vip: Record<4 | 6, string>) {
    this.stand = stand;
    this.vip = vip;
    this.hosts = stand.document.spec.racks.flatMap(({ name }) => stand.controllers(name));
  }

  async service(host: string, verb: "start" | "stop"): Promise<void> {
    await this.stand.lab.run(host, ["/usr/lib/rackway-lab/say-host", verb, "rw-api"]);
  }

  /** Has the service run on a host, which may have booted a moment ago. */
  async serve(host: string): Promise<void> {
    const { lab } = this.stand;
    await this.stand.until(
      `Pacemaker has made the namespace on ${host}, where VIPs may be bound before they are there`,
      60_000,
      async () => {
        const { code, stdout } = await lab.sh(host, "ip netns exec rw-api sysctl -n net.ipv4.ip_nonlocal_bind");
        return code === 0 && stdout.trim() === "1" ? true : undefined;
      },
    );
    if ((await lab.sh(host, "ip netns exec rw-api ss -Hltn | grep -q :8080")).code !== 0) await this.service(host, "start");
  }

  async ask(from: string, family: 4 | 6): Promise<string> {
    const address = family === 6 ? `[${this.vip[6]}]` : this.vip[4];
    const { stdout } = await this.stand.lab.exec(from, ["curl", "-s", "-m", "3", `http://${address}:8080/`]);
    return stdout.trim();
  }

  watch(): RoamingWatch {
    return new RoamingWatch(this.stand, { hosts: this.hosts, routers: ["tor-a", "tor-b"], namespace: "rw-api", vip: this.vip });
  }

  /** The one host that holds the VIP by its kernel, is announced by the routers, and answers everywhere in both families; not `not`. */
  async serving(not: string | null, timeoutMs = 90_000): Promise<string> {
    let seen = "";
    return this.stand
      .until(`one owner that serves${not === null ? "" : `, not ${not}`}`, timeoutMs, async () => {
        const { holders, announcers } = await this.watch().sample();
        const questions = ["node-a1", "node-b1", "internet"].flatMap((from) => families.map((family) => this.ask(from, family)));
        const answers = await Promise.all(questions);
        seen = `held by ${holders.join(" ")}, announced by ${announcers.join(" ")}, answered by ${answers.map((each) => each || "nobody").join(" ")}`;
        const [owner] = holders;
        const isOne = holders.length === 1 && announcers.join() === owner && answers.every((answer) => answer === owner);
        return isOne && owner !== not ? owner : undefined;
      })
      .catch((error: unknown) => {
        throw new Error(`${String(error)}; ${seen}`, { cause: error });
      });
  }

  /** One flow at 1 kHz in each family, answered by servers behind the VIP on all hosts that are on. */
  async flowsFrom(from: string, port: number, maxSeconds = 60): Promise<AnycastFlows[]> {
    const servers = this.hosts.filter((host) => this.stand.lab.isOn(host)).map((host) => insideNamespace(this.stand.place(host), "rw-api"));
    const options = { clients: [this.stand.place(from)], servers, flows: 1, rateHz: 1000, maxSeconds };
    return Promise.all(families.map((family) => AnycastFlows.start({ ...options, address: this.vip[family], port: port + family })));
  }

  down(): Promise<void> {
    return this.stand.down();
  }
}

import type { AnycastFlows } from "./anycast-flows.ts";
import { RoamingWatch } from "./roaming-watch.ts";
import type { StandOptions } from "./stand.ts";
import { families, VipStand } from "./vip-stand.ts";

/** What the example `roaming` stands on: one cluster across both racks, and a VIP that one of its hosts has. */
export class RoamingStand extends VipStand {
  /** With the service on every host. */
  static async up(options: Omit<StandOptions, "example">): Promise<RoamingStand> {
    const roaming = new RoamingStand(...(await VipStand.prepare({ ...options, example: "roaming" })));
    try {
      await Promise.all(roaming.hosts.map((host) => roaming.serve(host)));
      return roaming;
    } catch (error) {
      await roaming.down();
      throw error;
    }
  }

  watch(): RoamingWatch {
    return new RoamingWatch(this.stand, { hosts: this.hosts, routers: ["tor-a", "tor-b"], namespace: this.netns, vip: this.vip });
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

  /** One flow at 1 kHz in each family, answered on all hosts that are on. */
  async flowsFrom(from: string, port: number, maxSeconds = 60): Promise<AnycastFlows[]> {
    const hosts = this.hosts.filter((host) => this.stand.lab.isOn(host));
    return Promise.all(
      families.map((family) => this.flows({ from: [from], hosts, family, port: port + family, flows: 1, rateHz: 1000, maxSeconds })),
    );
  }
}

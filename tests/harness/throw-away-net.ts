import { execFileSync } from "node:child_process";
import { mustRunIn, namespacePlace, type Place } from "./place.ts";

const machine: Place = { name: "machine", wrap: (argv) => [...argv] };

/**
 * Three network namespaces of a test's own, `left` and `right` joined by a bridge in `wire`, where loss, cuts and duplicates are made
 * with nftables: what the instruments are tested against. 10.9.0.1 and fd00:9::1 are left, .2 and ::2 right.
 */
export class ThrowAwayNet {
  readonly left: Place;
  readonly right: Place;
  readonly wire: Place;
  readonly addresses = { left: { 4: "10.9.0.1", 6: "fd00:9::1" }, right: { 4: "10.9.0.2", 6: "fd00:9::2" } } as const;
  readonly #names: string[];

  static async up(label: string): Promise<ThrowAwayNet> {
    const net = new ThrowAwayNet(`rwt-${label}-${process.pid}`);
    try {
      await net.#build();
    } catch (error) {
      await net.down();
      throw error;
    }
    return net;
  }

  private constructor(prefix: string) {
    this.#names = ["left", "right", "wire"].map((side) => `${prefix}-${side}`);
    const [left, right, wire] = this.#names.map((name) => namespacePlace(name));
    [this.left, this.right, this.wire] = [left!, right!, wire!];
    process.once("exit", () => this.#removeNow());
  }

  async #build(): Promise<void> {
    for (const name of this.#names) await mustRunIn(machine, ["ip", "netns", "add", name]);
    const [left, right, wire] = this.#names;
    const batch = [
      `link add name wleft netns ${wire} type veth peer name eth0 netns ${left}`,
      `link add name wright netns ${wire} type veth peer name eth0 netns ${right}`,
    ];
    await mustRunIn(machine, ["ip", "-batch", "-"], { input: batch.join("\n") });
    const wireBatch = ["link add br0 type bridge mcast_snooping 0", "link set br0 up"];
    for (const port of ["wleft", "wright"]) wireBatch.push(`link set ${port} master br0`, `link set ${port} up`);
    await mustRunIn(this.wire, ["ip", "-batch", "-"], { input: wireBatch.join("\n") });
    for (const [place, number] of [
      [this.left, 1],
      [this.right, 2],
    ] as const) {
      const lines = [
        "link set lo up",
        "link set eth0 up",
        `addr add 10.9.0.${number}/24 dev eth0`,
        `addr add fd00:9::${number}/64 dev eth0 nodad`,
      ];
      await mustRunIn(place, ["sysctl", "-qw", "net.ipv6.conf.eth0.accept_dad=0"]);
      await mustRunIn(place, ["ip", "-batch", "-"], { input: lines.join("\n") });
    }
  }

  /** Drops `percent` of what enters the wire from one side (0: undo). ARP and neighbour discovery are not spared at 100. */
  async lose(from: "left" | "right", percent: number): Promise<void> {
    const rule = percent >= 100 ? "drop" : `ip protocol udp numgen random mod 100 < ${percent} drop`;
    await this.#ingress(from, percent === 0 ? null : rule);
  }

  /** Sends every `nth` frame that one side sends twice (0: undo). */
  async duplicate(from: "left" | "right", nth: number): Promise<void> {
    const other = from === "left" ? "wright" : "wleft";
    await this.#ingress(from, nth === 0 ? null : `ip protocol udp numgen inc mod ${nth} 0 dup to "${other}"`);
  }

  async #ingress(from: "left" | "right", rule: string | null): Promise<void> {
    const table = `fault_${from}`;
    const hook = `type filter hook ingress device "w${from}" priority 0`;
    const add = rule === null ? "" : `table netdev ${table} { chain c { ${hook}; ${rule}; }; }`;
    await mustRunIn(this.wire, ["nft", "-f", "-"], { input: `table netdev ${table}\ndelete table netdev ${table}\n${add}` });
  }

  async down(): Promise<void> {
    this.#removeNow();
  }

  #removeNow(): void {
    for (const name of this.#names) {
      try {
        execFileSync("ip", ["netns", "delete", name], { stdio: "ignore" });
      } catch {
        // Never made, or gone already.
      }
    }
  }
}

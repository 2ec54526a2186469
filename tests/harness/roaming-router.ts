import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { RoamingWatch } from "./roaming-watch.ts";
import type { Stand } from "./stand.ts";
import { families, type Family } from "./vip-stand.ts";

type Pair = Readonly<Record<Family, string>>;

/** The web server of the lab's internet, which says whom it sees. */
const web: Pair = { 4: "198.51.100.80", 6: "[2001:db8:100::80]" };

/** The roaming router of an example, as its members and the internet have it. */
export class RoamingRouter {
  readonly stand: Stand;
  readonly name: string;
  readonly publicVip: Pair;
  readonly managementVip: Pair;
  /** Controllers of all racks, and members of all racks. */
  readonly hosts: readonly string[];
  readonly members: readonly string[];

  private constructor(stand: Stand, name: string, publicVip: Pair, managementVip: Pair) {
    this.stand = stand;
    this.name = name;
    this.publicVip = publicVip;
    this.managementVip = managementVip;
    this.hosts = stand.document.spec.racks.flatMap((rack) => stand.controllers(rack.name));
    this.members = stand.document.spec.hosts.flatMap((host) => (host.role === "member" ? [host.name] : []));
  }

  static async of(stand: Stand): Promise<RoamingRouter> {
    const name = stand.document.spec.roamingRouters?.[0]?.name ?? "";
    const [outside, inside] = await Promise.all(
      ["public", "management"].map(async (pair) => {
        const { addresses } = await stand.controlPlane.client.vip(`${name}-${pair}`);
        const of = (family: Family): string => addresses.find((each) => each.family === family)?.address ?? "";
        return { 4: of(4), 6: of(6) };
      }),
    );
    if (outside === undefined || inside === undefined) throw new Error(`no roaming router in ${stand.document.metadata.name}`);
    return new RoamingRouter(stand, name, outside, inside);
  }

  get netns(): string {
    return `rw-${this.name}`;
  }

  /** Of the management VIP; the public one moves with it. */
  watch(): RoamingWatch {
    return new RoamingWatch(this.stand, { hosts: this.hosts, routers: ["tor-a", "tor-b"], namespace: this.netns, vip: this.managementVip });
  }

  /** As whom the internet sees a host; empty when it does not answer within 3 s. */
  async seenAs(from: string, family: Family): Promise<string> {
    const { stdout } = await this.stand.lab.exec(from, ["curl", "-s", "-m", "3", `http://${web[family]}/ip`]);
    return stdout.trim();
  }

  /** How many of the first million bytes of a file from outside arrive. */
  async downloaded(from: string, family: Family): Promise<number> {
    const url = `http://${web[family]}/files/random-64m.bin`;
    const { stdout } = await this.stand.lab.exec(from, [
      "curl",
      "-s",
      "-m",
      "20",
      "-r",
      "0-999999",
      "-o",
      "/dev/null",
      "-w",
      "%{size_download}",
      url,
    ]);
    return Number(stdout);
  }

  /** The one host that owns and announces it, while every member gets out in both families as the public VIP; not `not`. */
  async leading(not: string | null, timeoutMs = 90_000): Promise<string> {
    let seen = "";
    return this.stand
      .until(`a way out for every member${not === null ? "" : `, not by ${not}`}`, timeoutMs, async () => {
        const { holders, announcers } = await this.watch().sample();
        const asked = this.members.flatMap((member) => families.map((family) => ({ member, family })));
        const answers = await Promise.all(asked.map(({ member, family }) => this.seenAs(member, family)));
        const told = asked.map(({ member, family }, index) => `${member} IPv${family} as ${answers[index] || "nobody"}`);
        seen = `held by ${holders.join(" ")}, announced by ${announcers.join(" ")}, ${told.join(", ")}`;
        const [owner] = holders;
        const isOne = holders.length === 1 && announcers.join() === owner;
        const isOut = asked.every(({ family }, index) => answers[index] === this.publicVip[family]);
        return isOne && isOut && owner !== not ? owner : undefined;
      })
      .catch((error: unknown) => {
        throw new Error(`${String(error)}; ${seen}`, { cause: error });
      });
  }

  /** Waits until every host that may have it is as good a place for it: what a failure took off a host comes back some seconds after it. */
  async evenPlaces(timeoutMs = 60_000): Promise<void> {
    const attribute = `rw-${this.name}-uplink`;
    let seen = "";
    await this.stand
      .until("every host to be as good a place", timeoutMs, async () => {
        seen = await this.stand.lab.run(this.hosts[0] ?? "", ["attrd_updater", "-n", attribute, "-Q", "-A"]);
        const values = this.hosts.map((host) => new RegExp(`host="${host}" value="(\\d+)"`).exec(seen)?.[1]);
        return values[0] !== undefined && new Set(values).size === 1 ? true : undefined;
      })
      .catch((error: unknown) => {
        throw new Error(`${String(error)}; ${seen}`, { cause: error });
      });
  }

  /** Has a host send one tunnelled datagram to the management VIP, whatever inner source it is given. */
  async tunnelled(from: string, source: string, text: string): Promise<void> {
    const program = await readFile(join(import.meta.dirname, "programs/tunnel-datagram.py"), "utf8");
    const family = source.includes(":") ? 6 : 4;
    const argv = [this.managementVip[family], "4790", "1", source, web[family].replaceAll(/[[\]]/g, ""), "4444", text];
    const { code, stderr } = await this.stand.lab.exec(from, ["python3", "-", ...argv], { input: program });
    if (code !== 0) throw new Error(`${from}: ${stderr}`);
  }
}

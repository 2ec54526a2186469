import type { Lab } from "@rackway/lab";

/** What peers are given by hand on every controller of rack-a: forwarding, and the same translation to the public VIP as Rackway's. */
export const vips = { management: "10.10.1.100", public: "203.0.113.100" } as const;
export const controllers = ["ctl-a1", "ctl-a2", "ctl-a3"] as const;
export const outside = "198.51.100.2";

const rules = `table ip byhand {
  chain out { type nat hook postrouting priority srcnat; oifname "br-ex" ip saddr 10.10.1.0/24 snat to ${vips.public}; }
}`;

/** Public bridges, forwarding, translation and the member's default route, as an operator without Rackway would lay them. */
export async function layByHand(lab: Lab): Promise<void> {
  await Promise.all(controllers.map((host) => layRouter(lab, host)));
  await lab.run("node-a1", ["ip", "route", "replace", "default", "via", vips.management]);
}

/** The same again, after a power cut: nothing of it is on the disk. */
export async function layRouter(lab: Lab, host: string): Promise<void> {
  const number = host.at(-1) ?? "";
  const script = `ip link add br-ex type bridge forward_delay 0 2>/dev/null; ip link set eth-pub master br-ex; ip link set br-ex up
ip address replace 203.0.113.1${number}/25 dev br-ex; ip route replace default via 203.0.113.1
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.ip_nonlocal_bind=1; nft delete table ip byhand 2>/dev/null; nft -f -`;
  const { code, stderr } = await lab.sh(host, script, { input: rules });
  if (code !== 0) throw new Error(`${host}: ${stderr}`);
}

/** The controller that has the management VIP, by its kernel. */
export async function holderByHand(lab: Lab): Promise<string | undefined> {
  for (const host of controllers) {
    if (!lab.isOn(host)) continue;
    const { stdout } = await lab.exec(host, ["ip", "-o", "address", "show", "dev", "br-mgmt"]);
    if (stdout.includes(` ${vips.management}/`)) return host;
  }
  return undefined;
}

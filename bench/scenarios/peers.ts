import type { Lab } from "@rackway/lab";
import { setTimeout as sleep } from "node:timers/promises";
import { controllers, holderByHand, layByHand, layRouter, vips } from "./by-hand.ts";

/** Something else than Rackway that keeps a pair of VIPs on one of three hosts. */
export interface Peer {
  readonly name: string;
  readonly start: (lab: Lab) => Promise<void>;
  /** Brings a host that was off back into it. */
  readonly rejoin: (lab: Lab, host: string) => Promise<void>;
  /** A planned move away from the host, as its manual has it. */
  readonly moveFrom: (lab: Lab, host: string) => Promise<void>;
  readonly moveBack: (lab: Lab, host: string) => Promise<void>;
}

/** keepalived(8), VRRPv3 (RFC 5798), both VIPs in one sync group, no preemption. */
export function keepalived(advertSeconds: number): Peer {
  const start = async (lab: Lab, host: string): Promise<void> => {
    await layRouter(lab, host);
    const priority = 150 - 10 * Number(host.at(-1));
    const instance = (name: string, device: string, id: number, vip: string): string => `vrrp_instance ${name} {
  interface ${device}
  state BACKUP
  nopreempt
  virtual_router_id ${id}
  priority ${priority}
  advert_int ${advertSeconds}
  virtual_ipaddress { ${vip} dev ${device} }
}`;
    const config = `global_defs { vrrp_version 3 }
vrrp_sync_group pair { group { management public } }
${instance("management", "br-mgmt", 51, `${vips.management}/24`)}
${instance("public", "br-ex", 52, `${vips.public}/25`)}
`;
    await lab.writeFile(host, "/etc/keepalived/bench.conf", config);
    await lab.run(host, ["sh", "-c", "keepalived -f /etc/keepalived/bench.conf --pid=/run/keepalived.pid >/dev/null 2>&1 </dev/null"]);
  };
  const end = (lab: Lab, host: string) =>
    lab.run(host, ["sh", "-c", "kill $(cat /run/keepalived.pid); while [ -e /run/keepalived.pid ]; do sleep 0.05; done"]);
  return {
    name: `keepalived, advert ${advertSeconds} s`,
    start: async (lab) => {
      await layByHand(lab);
      for (const host of controllers) await start(lab, host);
    },
    rejoin: start,
    moveFrom: async (lab, host) => void (await end(lab, host)),
    moveBack: start,
  };
}

const corosyncConf = `totem {
  version: 2
  cluster_name: bench
  transport: knet
}
nodelist {
${controllers.map((host, index) => `  node {\n    name: ${host}\n    nodeid: ${index + 1}\n    ring0_addr: 10.10.1.1${index + 1}\n  }`).join("\n")}
}
quorum {
  provider: corosync_votequorum
}
logging {
  to_stderr: yes
}
`;

/** ocf:heartbeat:IPaddr2 in a group under Pacemaker, Corosync with its defaults, no fencing. */
export const ipaddr2: Peer = {
  name: "IPaddr2, default Corosync",
  start: async (lab) => {
    await layByHand(lab);
    for (const host of controllers) {
      await lab.writeFile(host, "/etc/corosync/corosync.conf", corosyncConf);
      await lab.run(host, ["sh", "-c", "ln -sfn /etc/sv/corosync /etc/service/corosync; ln -sfn /etc/sv/pacemaker /etc/service/pacemaker"]);
    }
    await waitFor("three members", 60_000, async () =>
      /^Total votes:\s+3/m.test((await lab.exec(controllers[0], ["corosync-quorumtool", "-s"])).stdout),
    );
    await waitFor(
      "Pacemaker",
      60_000,
      async () => (await lab.exec(controllers[0], ["crm_attribute", "--name", "stonith-enabled", "--update", "false"])).code === 0,
    );
    const ip = (id: string, address: string, length: number, device: string): string =>
      `<primitive id="${id}" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="${id}-i"><nvpair id="${id}-a" name="ip" value="${address}"/><nvpair id="${id}-l" name="cidr_netmask" value="${length}"/><nvpair id="${id}-n" name="nic" value="${device}"/></instance_attributes><meta_attributes id="${id}-m"><nvpair id="${id}-s" name="resource-stickiness" value="100"/></meta_attributes><operations><op id="${id}-o" name="monitor" interval="10s"/></operations></primitive>`;
    const group = `<group id="pair">${ip("management", vips.management, 24, "br-mgmt")}${ip("public", vips.public, 25, "br-ex")}</group>`;
    await lab.run(controllers[0], ["cibadmin", "--create", "--scope", "resources", "--xml-text", group]);
  },
  rejoin: layRouter,
  moveFrom: async (lab, host) => void (await lab.run(host, ["crm_standby", "--update", "on", "--node", host])),
  moveBack: async (lab, host) => void (await lab.run(host, ["crm_standby", "--update", "off", "--node", host])),
};

/** Waits for the one holder, other than `not`. */
export async function holder(lab: Lab, not?: string): Promise<string> {
  let found: string | undefined;
  await waitFor("a holder of the VIPs", 60_000, async () => {
    found = await holderByHand(lab);
    return found !== undefined && found !== not;
  });
  return found ?? "";
}

async function waitFor(what: string, timeoutMs: number, ask: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await sleep(100);
  }
}

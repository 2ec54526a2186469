import { healthSchema, type VipSpec } from "@rackway/schema";
import type { AnycastStand } from "./anycast-stand.ts";
import { type Family, vipAddresses } from "./vip-stand.ts";

const netns = "rw-hello";
const folder = `/run/rackway/${netns}-run-hello.1`;

/** A VIP whose service is a program in /etc/rackway/services on every controller: a web server that says its host's name. */
export const helloVip: VipSpec = {
  name: "hello",
  mode: "anycast",
  pool: "services",
  address: { ipv4: "auto", ipv6: "auto" },
  namespace: "hello",
  service: { name: "hello" },
  health: healthSchema.parse({ http: { port: 8080, path: "/" } }),
  withdrawLast: false,
};

const program = `#!/bin/sh
cat >/run/hello.conf <<NGINX
daemon off;
pid /run/hello.pid;
error_log /dev/null;
worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  default_type text/plain;
  server { listen [::]:8080 ipv6only=off; location / { return 200 "\\$hostname\\n"; } }
}
NGINX
exec nginx -c /run/hello.conf
`;

export class HostsOwnService {
  readonly #any: AnycastStand;
  readonly vip: Readonly<Record<Family, string>>;

  /** Puts the program in place, as the hosts' administrator does before a document names it. */
  static async install({ hosts, stand }: AnycastStand): Promise<void> {
    await Promise.all(
      hosts.map(async (host) => {
        await stand.lab.run(host, ["mkdir", "-p", "/etc/rackway/services"]);
        await stand.lab.writeFile(host, "/etc/rackway/services/hello", program, "755");
      }),
    );
  }

  static async find(any: AnycastStand): Promise<HostsOwnService> {
    return new HostsOwnService(any, await vipAddresses(any.stand, "hello"));
  }

  private constructor(any: AnycastStand, vip: HostsOwnService["vip"]) {
    this.#any = any;
    this.vip = vip;
  }

  announced(router: string, hosts: readonly string[], timeoutMs = 30_000): Promise<void> {
    return this.#any.announced(router, hosts, timeoutMs, this.vip);
  }

  /** Name of the host that answered; empty when nobody did within 3 s. */
  async ask(client: string, family: Family): Promise<string> {
    const authority = family === 6 ? `[${this.vip[6]}]` : this.vip[4];
    return (await this.#any.stand.lab.exec(client, ["curl", "-s", "-m", "3", `http://${authority}:8080/`])).stdout.trim();
  }

  /** Number of the process that was started. */
  async pid(host: string): Promise<string> {
    return (await this.#any.stand.lab.sh(host, `cut -d' ' -f1 ${folder}/process`)).stdout.trim();
  }

  events(host: string): Promise<string> {
    return this.#any.stand.lab.run(host, ["cat", `/run/rackway/${netns}-check/events`]);
  }
}

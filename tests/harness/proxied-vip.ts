import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { parseDocument, type ClusterDocument } from "@rackway/schema";
import { stringify } from "yaml";
import type { AnycastStand } from "./anycast-stand.ts";
import { HttpRequests } from "./http-requests.ts";
import { type Family, vipAddresses } from "./vip-stand.ts";

const example = resolve(import.meta.dirname, "../../examples/proxy.yaml");
const folder = "/run/rackway/rw-shop-proxy";

/** The VIP of examples/proxy.yaml on a stand of the same hosts, beside its own: HAProxy on every controller, web servers on members that say their names. */
export class ProxiedVip {
  readonly vip: Readonly<Record<Family, string>>;
  readonly #any: AnycastStand;
  readonly #document: ClusterDocument;

  /** Certificates on the controllers, servers on the members; then the document, without some of the members as backends. */
  static async prepare(any: AnycastStand, { members, without }: { members: string[]; without: string[] }): Promise<ProxiedVip> {
    const { lab, controlPlane } = any.stand;
    const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /etc/rackway/tls/shop.key -out /etc/rackway/tls/shop.crt";
    await Promise.all([
      ...any.hosts.map((host) =>
        lab.run(host, ["sh", "-c", `mkdir -p -m 0700 /etc/rackway/tls; openssl req -x509 -days 30 -subj /CN=shop ${key}`]),
      ),
      ...members.map((host) => lab.run(host, ["sh", "-c", "ip netns attach root 1; /usr/lib/rackway-lab/say-host start root"])),
    ]);
    const parsed = parseDocument([{ name: example, text: readFileSync(example, "utf8") }]);
    if (!parsed.ok) throw new Error(parsed.issues.map(({ message }) => message).join("; "));
    const { spec } = any.stand.document;
    const document = { ...any.stand.document, spec: { ...spec, vips: [...spec.vips, ...parsed.document.spec.vips] } };
    const apply = applyOf(any, document);
    await apply(members.filter((host) => !without.includes(host)));
    await controlPlane.converged();
    return new ProxiedVip(any, document, await vipAddresses(any.stand, "shop"));
  }

  private constructor(any: AnycastStand, document: ClusterDocument, vip: ProxiedVip["vip"]) {
    this.#any = any;
    this.#document = document;
    this.vip = vip;
  }

  /** Applies the document with these members as backends; does not wait. */
  apply(members: readonly string[]): Promise<void> {
    return applyOf(this.#any, this.#document)(members);
  }

  announced(router: string, hosts: readonly string[], timeoutMs = 30_000): Promise<void> {
    return this.#any.announced(router, hosts, timeoutMs, this.vip);
  }

  /** Name of the member that answered; empty when nobody did within 3 s. */
  async ask(client: string, family: Family, scheme: "http" | "https" = "http"): Promise<string> {
    const { stdout } = await this.#any.stand.lab.exec(client, ["curl", "-sk", "-m", "3", `${scheme}://${this.#authority(family)}/`]);
    return stdout.trim();
  }

  async certificateSubject(client: string): Promise<string> {
    const command = `openssl s_client -connect ${this.vip[4]}:443 </dev/null 2>/dev/null | openssl x509 -noout -subject`;
    return (await this.#any.stand.lab.sh(client, command)).stdout;
  }

  /** The status of what the checker asks, of who asks as it does or from elsewhere; `000`: no answer. */
  async health(host: string, from: "inside" | "outside"): Promise<string> {
    const ask = ["curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", `http://${this.vip[4]}:8482/shop`];
    return (await this.#any.stand.lab.exec(host, from === "inside" ? ["ip", "netns", "exec", "rw-shop", ...ask] : ask)).stdout;
  }

  requests(client: string, { perSecond = 100, family = 4 }: { perSecond?: number; family?: Family } = {}): Promise<HttpRequests> {
    return HttpRequests.start(this.#any.stand.place(client), { address: this.vip[family], perSecond, maxMs: 120_000 });
  }

  /** Waits until HAProxy on every controller has exactly these members as its servers. */
  async loaded(members: readonly string[]): Promise<void> {
    const wanted = members.toSorted().join(" ");
    await this.#any.stand.until(`every controller's HAProxy has ${wanted}`, 120_000, async () => {
      const all = await Promise.all(this.#any.hosts.map((host) => this.servers(host)));
      return all.every((names) => names.toSorted().join(" ") === wanted) ? true : undefined;
    });
  }

  /** Waits for so many more answers. */
  async more(requests: HttpRequests, count: number): Promise<void> {
    const { done } = await requests.soFar();
    await this.#any.stand.until(`${count} more answers`, 60_000, async () =>
      (await requests.soFar()).done >= done + count ? true : undefined,
    );
  }

  /** Members that a host's HAProxy has as servers, by the word of its worker; none where it does not answer. */
  async servers(host: string): Promise<string[]> {
    const text = await this.#say(host, "show stat -1 4 -1");
    const { hosts } = this.#document.spec;
    return hosts.flatMap(({ name, addresses }) =>
      addresses["management"]?.some((each) => text.includes(`,${each}:8080,`)) === true ? [name] : [],
    );
  }

  async worker(host: string): Promise<string> {
    return /^Pid: (\d+)$/m.exec(await this.#say(host, "show info"))?.[1] ?? "";
  }

  /** A signal to the worker, or to all of HAProxy at once. */
  async kill(host: string, signal: "KILL" | "STOP", which: "worker" | "all"): Promise<void> {
    const { lab } = this.#any.stand;
    if (which === "worker") await lab.run(host, ["kill", `-${signal}`, await this.worker(host)]);
    else if (signal === "KILL") await lab.kill(host, "haproxy");
    else await lab.freeze(host, "haproxy");
  }

  /** Whether a host has a way to the members; without, it is told so at once. */
  async reach(host: string, is: boolean): Promise<void> {
    const addresses = this.#document.spec.hosts.flatMap((each) => (each.role === "member" ? (each.addresses["management"] ?? []) : []));
    const routes = addresses.filter((each) => !each.includes(":")).map((each) => `ip route ${is ? "del" : "add"} unreachable ${each}/32`);
    await this.#any.stand.lab.run(host, ["sh", "-c", routes.join(" && ")]);
  }

  /** What the checker of the namespace has written down, a line of JSON each. */
  events(host: string): Promise<string> {
    return this.#any.stand.lab.run(host, ["cat", "/run/rackway/rw-shop-check/events"]);
  }

  async #say(host: string, command: string): Promise<string> {
    return (await this.#any.stand.lab.sh(host, `echo '${command}' | timeout 2 socat - ${folder}/stats.sock`)).stdout;
  }

  #authority(family: Family): string {
    return family === 6 ? `[${this.vip[6]}]` : this.vip[4];
  }
}

function applyOf({ stand }: AnycastStand, document: ClusterDocument) {
  return (members: readonly string[]): Promise<void> => {
    const { hosts, vips } = document.spec;
    const backends = members
      .flatMap((name) => hosts.find((host) => host.name === name)?.addresses["management"]?.[0] ?? [])
      .map((each) => `${each}:8080`);
    const changed = vips.map((vip) => {
      if (vip.proxy === undefined) return vip;
      return { ...vip, proxy: { frontends: vip.proxy.frontends.map((frontend) => ({ ...frontend, backends: [...backends] })) } };
    });
    return stand.controlPlane.apply("proxy.yaml", stringify({ ...document, spec: { ...document.spec, vips: changed } }));
  };
}

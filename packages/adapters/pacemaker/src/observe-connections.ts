import type { CommandRunner } from "@rackway/linux";
import type { ConnectionTable, RouterState } from "@rackway/schema";

/** Ports that the kernel translates a source port above 1023 to (nf_nat_core.c): 1024 to 65535. */
const portsOfAnAddress = 64_512;
/** Below this, no destination can have taken so many ports that it mattered, and the table is not read. */
const fewEntries = portsOfAnAddress / 8;
const readEveryMs = 60_000;

const counters = "/proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max";

/**
 * conntrack(8) writes an entry as `tcp 6 431999 ESTABLISHED src=A dst=B sport=1 dport=2 src=B dst=VIP …`: the first `dst` and `dport` are whom the
 * client asks. Counted where they are read: a table of a million entries is 200 MB of text.
 */
const countMost = `/^failed/ { exit 1 }
{ to = ""; port = ""
  for (i = 3; i <= NF; i++) { if (to == "" && $i ~ /^dst=/) to = $i; else if (port == "" && $i ~ /^dport=/) port = $i }
  if (port != "" && ++seen[$1 to port] > most) most = seen[$1 to port] }
END { print most + 0 }`;

/** Looks at routers' connection tables; remembers the ports, which are dear to count, between two looks. */
export class ConnectionWatch {
  readonly #run: CommandRunner;
  readonly #now: () => number;
  readonly #ports = new Map<string, { readonly atMs: number; readonly ports: ConnectionTable["ports"] }>();

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(run: CommandRunner, now: () => number) {
    this.#run = run;
    this.#now = now;
  }

  /** Null: there is no namespace here, or no connection tracking in it. */
  async observe(router: RouterState): Promise<ConnectionTable | null> {
    const inside = ["nsenter", `--net=/run/netns/${router.netns}`, "--"];
    const { code, stdout } = await this.#run([...inside, "cat", ...counters.split(" ")], { timeoutMs: 5_000 });
    const [entries, limit] = stdout.trim().split(/\s+/).map(Number);
    if (entries === undefined || !Number.isSafeInteger(entries) || stdout.trim() === "") return null;
    const known = code === 0 && limit !== undefined && Number.isSafeInteger(limit) && limit > 0 ? limit : null;
    return { entries, limit: known, ports: await this.#portsOf(router, inside, entries) };
  }

  async #portsOf(router: RouterState, inside: readonly string[], entries: number): Promise<ConnectionTable["ports"]> {
    if (entries < fewEntries) {
      this.#ports.delete(router.name);
      return [];
    }
    const last = this.#ports.get(router.name);
    if (last !== undefined && this.#now() - last.atMs < readEveryMs) return last.ports;
    // Before it is read: of two looks that overlap, one reads.
    this.#ports.set(router.name, { atMs: this.#now(), ports: last?.ports ?? [] });
    const shown = await this.#run([...inside, "ip", "-o", "address", "show"], { timeoutMs: 5_000 });
    const ports: ConnectionTable["ports"] = [];
    for (const { family, address } of translatedVips(router)) {
      if (!shown.stdout.includes(` ${address}/`)) continue;
      const list = `conntrack -L -f ${family === 4 ? "ipv4" : "ipv6"} --reply-dst ${address}`;
      const script = `{ ${list} || echo failed; } | awk '${countMost}'`;
      const { code, stdout } = await this.#run([...inside, "sh", "-c", script], { timeoutMs: 20_000 });
      if (code === 0 && /^\d+\n$/.test(stdout)) ports.push({ family, used: Number(stdout), limit: portsOfAnAddress });
    }
    this.#ports.set(router.name, { atMs: this.#now(), ports });
    return ports;
  }
}

function translatedVips({ vips, nat }: RouterState): RouterState["vips"] {
  return vips.filter(({ name, family }) => name === "public" && (family === 4 ? nat.ipv4 === "snat" : nat.ipv6 === "nat66"));
}

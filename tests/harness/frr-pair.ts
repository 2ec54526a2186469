import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

import { ensureRoot } from "@rackway/lab";
import { runCommand, type CommandRunner } from "@rackway/linux";

import { mustRunIn, type Place } from "./place.ts";

const machine: Place = { name: "machine", wrap: (argv) => [...argv] };

/** What a throw-away host does first: a disk of its own over the lab's Debian root, in memory; then it only exists. */
const boot = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o "lowerdir=$1,upperdir=/mnt/upper,workdir=/mnt/work" /mnt/root
mount --bind /dev /mnt/root/dev
mount -t tmpfs tmpfs /mnt/root/run
mount -t proc proc /mnt/root/proc
mount -t sysfs sys /mnt/root/sys
chroot /mnt/root sh -c 'install -d -o frr -g frr -m 0775 /run/frr /var/log/frr && install -d -m 0755 /etc/rackway && echo "log file /var/log/frr/frr.log" >>/etc/frr/frr.conf'
echo booted
exec chroot /mnt/root sleep infinity`;

/** One of the two: Debian's own FRR in namespaces of its own. */
export class FrrHost {
  readonly name: string;
  readonly address: { readonly 4: string; readonly 6: string };
  #process: ChildProcess | null = null;
  #init = 0;

  constructor(name: string, number: number) {
    this.name = name;
    this.address = { 4: `10.20.1.${number}`, 6: `fd00:20:1::${number}` };
  }

  async boot(netns: string, root: string): Promise<void> {
    const namespaces = ["--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const argv = ["--pdeathsig", "KILL", "ip", "netns", "exec", netns, "unshare", ...namespaces, "sh", "-c", boot, "sh", root];
    const child = spawn("setpriv", argv, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (chunk: Buffer) => chunk.toString().includes("booted") && resolve());
      child.on("exit", (code) => reject(new Error(`${this.name} does not boot: exit ${code}: ${said}`)));
    });
    // unshare(1) has one child: the init of the host.
    const children = readFileSync(`/proc/${String(child.pid)}/task/${String(child.pid)}/children`, "utf8")
      .trim()
      .split(" ");
    this.#init = Number(children[0]);
  }

  /** Its disk, as the machine sees it. */
  path(inside: string): string {
    return `/proc/${this.#init}/root${inside}`;
  }

  /** Its network, and the machine's files: where a probe program can be. */
  get wire(): Place {
    return { name: this.name, wrap: (argv) => ["nsenter", "--target", String(this.#init), "--net", "--", ...argv] };
  }

  readonly run: CommandRunner = (argv, options) =>
    runCommand(["nsenter", "--target", String(this.#init), "--all", "--root", "--wd=/", "--", ...argv], options);

  async mustRun(argv: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(argv, { timeoutMs: 60_000, ...(input === undefined ? {} : { input }) });
    if (code !== 0) throw new Error(`${this.name}: ${argv.join(" ")}: exit ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Enters lines as an operator does at vtysh. */
  enter(lines: string): Promise<string> {
    return this.mustRun(["sh", "-c", "cat | vtysh -f /dev/stdin"], lines);
  }

  /** The running configuration, as FRR prints it. */
  config(): Promise<string> {
    return this.mustRun(["vtysh", "-c", "show running-config"]);
  }

  /** Switches daemons on and starts FRR as Debian's init script does; returns when all of them answer. */
  async startFrr(daemons: readonly string[]): Promise<void> {
    const script = daemons.map((daemon) => `s/^${daemon}=no/${daemon}=yes/`).join(";");
    await this.mustRun(["sed", "-i", script, "/etc/frr/daemons"]);
    await this.mustRun(["sh", "-c", "/usr/lib/frr/frrinit.sh start >/dev/null 2>&1"]);
    await until(`FRR on ${this.name}`, async () => {
      const { stdout } = await this.run(["vtysh", "-c", "show daemons"]);
      const answering = stdout.trim().split(/\s+/);
      return daemons.every((daemon) => answering.includes(daemon));
    });
  }

  off(): void {
    this.#process?.kill("SIGKILL");
  }
}

/** Looks until it is so. @throws after `timeoutMs`, with what was waited for. */
export async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await wait(100);
  }
}

/** A host and the router in front of it, joined by one cable (`e0` at both ends): less than a lab, up in two seconds. */
export class FrrPair {
  readonly host = new FrrHost("host", 11);
  readonly router = new FrrHost("router", 1);
  readonly #names: readonly [string, string];

  static async up(label: string): Promise<FrrPair> {
    const pair = new FrrPair(label);
    try {
      await pair.#build(await ensureRoot());
    } catch (error) {
      await pair.down();
      throw error;
    }
    return pair;
  }

  private constructor(label: string) {
    const prefix = `rwt-${label}-${process.pid}`;
    this.#names = [`${prefix}-host`, `${prefix}-router`];
  }

  async #build(root: string): Promise<void> {
    const [host, router] = this.#names;
    for (const name of this.#names) await mustRunIn(machine, ["ip", "netns", "add", name]);
    await mustRunIn(machine, ["ip", "link", "add", "name", "e0", "netns", host, "type", "veth", "peer", "name", "e0", "netns", router]);
    for (const [name, { address }] of [[host, this.host] as const, [router, this.router] as const]) {
      await mustRunIn(machine, ["ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.e0.accept_dad=0"]);
      const batch = ["link set lo up", "link set e0 up", `addr add ${address[4]}/24 dev e0`, `addr add ${address[6]}/64 dev e0 nodad`];
      await mustRunIn(machine, ["ip", "-n", name, "-batch", "-"], { input: batch.join("\n") });
    }
    await Promise.all([this.host.boot(host, root), this.router.boot(router, root)]);
  }

  async down(): Promise<void> {
    this.host.off();
    this.router.off();
    for (const name of this.#names) await mustRunIn(machine, ["ip", "netns", "delete", name]).catch(() => undefined);
  }
}

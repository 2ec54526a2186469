import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { CheckerEvent, CheckerStatus } from "@rackway/schema";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { mustRunIn, spawnIn } from "../harness/place.ts";
import { ThrowAwayNet } from "../harness/throw-away-net.ts";

/**
 * The checker as a whole, between two namespaces: `left` is the host, whose routes it puts and takes, `right` the service's. No routing daemon:
 * what others announce is not known.
 */
const checkout = join(import.meta.dirname, "../..");
const vip = { 4: "192.0.2.1", 6: "2001:db8::1" };
const terms = { intervalMs: 200, timeoutMs: 100, rise: 2, fall: 2 };
const arrivalMs = 1_100;
const boundMs = terms.fall * (terms.intervalMs + terms.timeoutMs) + 100;

let net: ThrowAwayNet;
let folder: string;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  net = await ThrowAwayNet.up("check");
  const [host, service] = [net.left, net.right];
  await mustRunIn(host, ["ip", "-batch", "-"], { input: `route add default via ${net.addresses.right[4]} dev eth0 table 8200\n` });
  await mustRunIn(host, ["ip", "-6", "-batch", "-"], { input: `route add default via ${net.addresses.right[6]} dev eth0 table 8200\n` });
  await mustRunIn(service, ["ip", "-batch", "-"], { input: `addr add ${vip[4]}/32 dev lo\naddr add ${vip[6]}/128 dev lo nodad\n` });
});
afterAll(() => net.down());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rackway-checker-"));
  mkdirSync(join(folder, "check"));
});
afterEach(async () => {
  await Promise.all([...running].map((child) => end(child, "SIGKILL")));
  for (const family of ["-4", "-6"]) await mustRunIn(net.left, ["ip", family, "route", "flush", "proto", "82"]);
  await mustRunIn(net.right, ["nft", "flush", "ruleset"]);
  rmSync(folder, { recursive: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

function start(argv: readonly string[]): ChildProcess {
  const child = spawnIn(net.right, argv);
  child.stdout.resume();
  child.stderr.pipe(process.stderr, { end: false });
  running.add(child);
  return child;
}

async function startService(): Promise<ChildProcess> {
  const script = `require("net").createServer((s) => s.on("error", () => {})).listen(8080, "::", () => console.log("listens"))`;
  const child = start([process.execPath, "-e", script]);
  await once(child.stdout!, "data");
  return child;
}

const startChecker = (instances = "va"): ChildProcess =>
  start([
    ...[process.execPath, "--disable-warning=ExperimentalWarning", join(checkout, "apps/health/src/main.ts"), "--namespace", "svc"],
    ...["--state-dir", join(folder, "check"), "--netns", net.right.name, "--run-folder", folder, "--instances", instances],
    ...["--host-netns", `/run/netns/${net.left.name}`],
  ]);

function hold(id: string, withdrawLast: boolean, vips: readonly string[] = [`web ${vip[4]},${vip[6]} 0`]): void {
  const { intervalMs, timeoutMs, rise, fall } = terms;
  const path = join(folder, id);
  mkdirSync(path, { recursive: true });
  const check = `check 0 ${intervalMs} ${timeoutMs} ${rise} ${fall} 6 ${withdrawLast ? 1 : 0} tcp 8080`;
  const lines = ["mode anycast", "bridge eth0", `via 4 ${net.addresses.right[4]}`, `via 6 ${net.addresses.right[6]}`, check];
  writeFileSync(join(path, "held.new"), [...lines, ...vips.map((line) => `vip ${line}`), ""].join("\n"));
  renameSync(join(path, "held.new"), join(path, "held"));
}

async function announced(): Promise<string[]> {
  const [four, six] = await Promise.all(
    ["-4", "-6"].map((family) => mustRunIn(net.left, ["ip", family, "route", "show", "table", "main", "proto", "82", "metric", "82"])),
  );
  return `${four}${six}`.split("\n").flatMap((line) => line.split(" ")[0] || []);
}

const events = (): CheckerEvent[] =>
  readFileSync(join(folder, "check/events"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as CheckerEvent);
const status = (): CheckerStatus => JSON.parse(readFileSync(join(folder, "check/status.json"), "utf8")) as CheckerStatus;
const until = (what: () => Promise<string[]>) => expect.poll(what, { timeout: 30_000, interval: 20 });

describe("the checker of a namespace", () => {
  it("announces what answers, in both families; a service that is killed is withdrawn, with its reason", async () => {
    hold("va", true);
    startChecker();
    await expect.poll(() => readdirSync(join(folder, "check")), { timeout: 30_000 }).toContain("alive");
    expect(await announced()).toEqual([]);
    const service = await startService();
    await until(announced).toEqual(Object.values(vip));
    // Before that, neighbours would not take it (MinLSArrival).
    await new Promise((resolve) => setTimeout(resolve, arrivalMs));
    await end(service, "SIGKILL");
    const killedAt = Date.now();
    await until(announced).toEqual([]);
    const withdrawn = await withdrawals(2);
    for (const { at, reason } of withdrawn) {
      expect(reason).toBe("tcp 8080: connection refused");
      // How fast is the soak's to say (anycast-service-killed): here other labs take the processors.
      expect(Date.parse(at) - killedAt).toBeLessThan(5 * boundMs);
    }
    expect(events().map(({ kind }) => kind)).toEqual(expect.arrayContaining(["vip-up", "vip-announced", "vip-down", "vip-withdrawn"]));
    expect(status().vips).toMatchObject([
      { health: "down", announced: false },
      { health: "down", announced: false },
    ]);
  });

  const withdrawals = async (count: number): Promise<CheckerEvent[]> => {
    const found = (): CheckerEvent[] => events().filter(({ kind }) => kind === "vip-withdrawn");
    await expect.poll(() => found().length, { timeout: 5_000 }).toBe(count);
    return found();
  };

  it("waits for silence no longer than it may, again and again, and holds nothing open for it", async () => {
    hold("va", true);
    await startService();
    const checker = startChecker();
    await until(announced).toEqual(Object.values(vip));
    const drop = "table inet t { chain i { type filter hook input priority 0; tcp dport 8080 drop; }; }";
    await mustRunIn(net.right, ["nft", "-f", "-"], { input: drop });
    await until(announced).toEqual([]);
    expect((await withdrawals(2))[0]?.reason).toBe(`tcp 8080: no answer within ${terms.timeoutMs} ms`);
    const open = (): number => readdirSync(`/proc/${checker.pid}/fd`).length;
    const before = open();
    // Twenty questions more for each address.
    await new Promise((resolve) => setTimeout(resolve, 20 * terms.intervalMs));
    expect(open()).toBeLessThan(before + 5);
  });

  it("keeps the last announcement where the document does not say otherwise, and says so", async () => {
    hold("va", false);
    const service = await startService();
    startChecker();
    await until(announced).toEqual(Object.values(vip));
    await end(service, "SIGKILL");
    await expect
      .poll(() => status().vips.map(({ health, held }) => `${health} ${held}`), { timeout: 5_000 })
      .toEqual(Array(2).fill("down last"));
    expect(await announced()).toEqual(Object.values(vip));
    expect(events().at(-1)).toMatchObject({ kind: "vip-kept" });
  });

  it("killed, let go of or restarted, it leaves what is announced to the next one, which changes nothing; stopped, it withdraws", async () => {
    hold("va", true);
    await startService();
    const first = startChecker();
    await until(announced).toEqual(Object.values(vip));
    const monitor = spawnIn(net.left, ["ip", "monitor", "route"]);
    running.add(monitor);
    let changes = "";
    monitor.stdout.on("data", (chunk: Buffer) => (changes += chunk.toString()));
    await end(first, "SIGKILL");
    const second = startChecker();
    await expect
      .poll(() => status().vips.map(({ reason }) => reason), { timeout: 30_000 })
      .toEqual(Array(2).fill("tcp 8080: accepts connections"));
    await end(second, "SIGUSR1");
    expect(await announced()).toEqual(Object.values(vip));
    const third = startChecker();
    const lookedAt = Date.now();
    await expect.poll(() => Date.parse(status().at), { timeout: 30_000 }).toBeGreaterThan(lookedAt);
    expect(changes).toBe("");
    await end(third, "SIGTERM");
    expect(await announced()).toEqual([]);
    // The monitor was not deaf.
    await expect.poll(() => changes).toContain(`Deleted ${vip[4]}`);
  });

  it("works on where its words cannot be written, and leaves them when they can", async () => {
    hold("va", true);
    const inTheWay = join(folder, "check/status.json.new");
    mkdirSync(inTheWay);
    const service = await startService();
    startChecker();
    await until(announced).toEqual(Object.values(vip));
    rmSync(inTheWay, { recursive: true });
    await expect.poll(() => events().filter(({ kind }) => kind === "vip-announced").length, { timeout: 10_000 }).toBe(2);
    await end(service, "SIGKILL");
  });

  it("a VIP that goes from one resource to another stays announced, and is looked after there", async () => {
    const other = "192.0.2.7";
    hold("va", true, [`web ${vip[4]} 0`, `other ${other} -`]);
    hold("vb", true, []);
    const service = await startService();
    startChecker("va vb");
    await until(announced).toEqual([vip[4], other]);
    hold("vb", true, [`web ${vip[4]} 0`]);
    hold("va", true, [`other ${other} -`]);
    await expect.poll(() => status().vips.length).toBe(2);
    await mustRunIn(net.left, ["ip", "route", "del", `${vip[4]}/32`, "proto", "82", "metric", "82"]);
    await until(announced).toEqual([vip[4], other]);
    await end(service, "SIGKILL");
    await until(announced).toEqual([other]);
  });
});

import { stringify } from "yaml";
import type { Run, Scenario } from "../../tests/harness/scenario.ts";
import type { Stand } from "../../tests/harness/stand.ts";
import { announcedAtRouter, manyVips, standOfMany } from "../../tests/soak/scenarios/anycast-scale.ts";

const counts = [1, 100, 1_000, 10_000] as const;
const patienceMs = 600_000;

/**
 * From an accepted document to the last route in the top-of-rack router's kernel, and back, beside the same addresses and routes laid by hand:
 * one `ip -batch` on one host, in a namespace of its own, which is checked by nobody, written down nowhere and announced to nobody.
 */
export const vips: Scenario = {
  name: "vips",
  summary: `${counts.join(", ")} dual-stack anycast VIPs in 4 namespaces on 3 hosts: apply, announce, no change, withdraw; beside one ip -batch`,
  runs: counts.length,
  thresholds: [],
  async setUp(progress) {
    const stand = await standOfMany("bench-vips", progress);
    return { run: (index) => stand.round(() => measure(stand, counts[index % counts.length] ?? 1)), tearDown: () => stand.down() };
  },
};

async function measure(stand: Stand, count: number): Promise<Run> {
  const { controlPlane } = stand;
  const hosts = stand.controllers();
  const text = manyVips(stand.document, count);
  const byHandMs = await layByHand(stand, hosts[0] ?? "", count);

  let beganMs = Date.now();
  const lap = (): number => Date.now() - beganMs;
  await controlPlane.apply("many.yaml", text);
  const appliedMs = lap();
  await announcedAtRouter(stand, count, hosts, patienceMs);
  const announcedMs = lap();
  await controlPlane.converged();
  const convergedMs = lap();

  beganMs = Date.now();
  await controlPlane.apply("many.yaml", text);
  await controlPlane.converged();
  const noChangeMs = lap();

  beganMs = Date.now();
  await controlPlane.apply("none.yaml", stringify({ ...stand.document, spec: { ...stand.document.spec, vips: [] } }));
  await announcedAtRouter(stand, 0, [], patienceMs);
  const withdrawnMs = lap();
  await controlPlane.converged();
  return {
    group: `${count} VIP${count === 1 ? "" : "s"}`,
    values: { byHandMs, appliedMs, announcedMs, convergedMs, noChangeMs, withdrawnMs },
    failures: [],
  };
}

/** Addresses and host routes in one go, milliseconds; nothing of it stays. */
async function layByHand(stand: Stand, host: string, count: number): Promise<number> {
  const { lab } = stand;
  const made = "ip netns add by-hand && ip link add by-hand type veth peer name eth0 netns by-hand && ip link set by-hand up";
  await lab.run(host, ["sh", "-c", `${made} && ip -n by-hand link set eth0 up && ip -n by-hand link add vips type dummy`]);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const addresses = numbers.flatMap((n) => [
    `address add 10.78.${n >> 8}.${n & 255}/32 dev vips`,
    `address add fd00:78::${n.toString(16)}/128 dev vips`,
  ]);
  const routes = numbers.flatMap((n) => [
    `route add 10.78.${n >> 8}.${n & 255}/32 dev by-hand`,
    `route add fd00:78::${n.toString(16)}/128 dev by-hand`,
  ]);
  const beganMs = performance.now();
  await lab.run(host, ["ip", "-n", "by-hand", "-batch", "-"], { input: addresses.join("\n"), timeoutMs: patienceMs });
  await lab.run(host, ["ip", "-batch", "-"], { input: routes.join("\n"), timeoutMs: patienceMs });
  const tookMs = Math.round(performance.now() - beganMs);
  await lab.run(host, ["sh", "-c", "ip link del by-hand; ip netns del by-hand"]);
  return tookMs;
}

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stand } from "../harness/index.ts";
import { stopOnce, type Stop } from "../soak/scenarios/frozen.ts";
import { setTakeover, takeovers, type Takeover } from "../soak/scenarios/owner-watch.ts";

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.up({ name: "frozen", racks: ["rack-a"], onProgress: console.log });
});
afterAll(async () => {
  await stand?.down();
});

async function survives(stop: Stop, takeover: Takeover): Promise<void> {
  const { failures, values, details } = await stopOnce(stand, stop, takeover);
  console.log(stop, values);
  expect({ failures, details }).toEqual({ failures: [], details });
}

// The order saves changes of the takeover, each of which takes a while.
describe("takeover by quorum, without fencing: only the guard is left to give up the addresses", () => {
  beforeAll(() => setTakeover(stand, takeovers["quorum, fencing off"]));

  it("gives them up when Corosync is frozen on the owner", () => survives("Corosync frozen", takeovers["quorum, fencing off"]));
  it("gives them up when Corosync is killed on the owner", () => survives("Corosync killed", takeovers["quorum, fencing off"]));
  it("gives them up when Pacemaker's controller is killed on the owner", () =>
    survives("Pacemaker killed", takeovers["quorum, fencing off"]));
  it("moves nothing when pacemakerd alone is killed", () => survives("pacemakerd killed", takeovers["quorum, fencing off"]));
  it("is started again when it is killed, and acts in the next partition", () =>
    survives("guard killed", takeovers["quorum, fencing off"]));
  it("and a guard that is frozen is a problem in status until it is thawed", async () => {
    const host = await stand.owner();
    const told = async (): Promise<true | undefined> => {
      const { problems = [] } = await stand.controlPlane.client.status();
      return problems.some(({ subject, code }) => subject === `host/${host}` && code === "guard-not-running") || undefined;
    };
    await stand.lab.freeze(host, "rackway-guard");
    await stand.until("status names the frozen guard", 30_000, told);
    await stand.lab.heal(host);
    await stand.until("status has forgotten it", 30_000, async () => ((await told()) === undefined ? true : undefined));
  });
  it("whose listeners alone are stopped sets them going again: a deaf guard looks well", async () => {
    const host = await stand.owner();
    const listeners = "cat /run/rackway/guard-follow.pid /run/rackway/guard-tool.pid";
    const states = async (): Promise<string> =>
      (await stand.lab.sh(host, `for pid in $(${listeners}); do sed 's/.*) //' /proc/$pid/stat | cut -c1; done`)).stdout;
    const stopped = await stand.lab.sh(host, `kill -STOP $(${listeners})`);
    expect(stopped.code).toBe(0);
    await stand.until("both listeners run", 10_000, async () => (/^[^T]\n[^T]\n$/.test(await states()) ? true : undefined));
    const told = await stand.lab.sh(
      host,
      `for pid in $(${listeners}); do grep -q "process $pid, .* was stopped" /run/rackway/guard.log || exit; done`,
    );
    expect(told.code).toBe(0);
    expect(await stand.owner()).toBe(host);
  });
  it("sees a second owner when the guard has no say, the owner's host being frozen: else the others prove nothing", async () => {
    const { values } = await stopOnce(stand, "host frozen", takeovers["quorum, fencing off"]);
    expect(values["twoOwnersMs"]).toBeGreaterThan(1000);
    expect(await stand.owners()).toHaveLength(1);
  });
});

describe("takeover after fencing", () => {
  beforeAll(() => setTakeover(stand, takeovers.fenced));

  it("never has two owners, also when the owner's host is frozen", () => survives("host frozen", takeovers.fenced));
  it("never has two owners when the guard is frozen and its host is cut off", () => survives("guard frozen", takeovers.fenced));
});

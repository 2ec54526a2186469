import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Stand } from "../harness/index.ts";
import { drift, driftTogether, seeded } from "../soak/scenarios/drift.ts";
import { readCib } from "../soak/scenarios/steering.ts";
import { cutAllUplinks, cutUplink } from "../soak/scenarios/uplink-cut.ts";

/** What somebody or something takes away, one thing at a time; and a router whose uplink is gone. */
vi.setConfig({ testTimeout: 240_000 });
let stand: Stand;
const random = seeded(2);
beforeAll(async () => {
  stand = await Stand.up({ name: "drift", racks: ["rack-a"], onProgress: console.log });
});
afterAll(async () => {
  await stand?.down();
});

describe("what is taken away by hand comes back, with one owner throughout, and nothing else is touched", () => {
  it.each(driftTogether.map((hits) => [hits.map(({ kind, role }) => `${kind.name}, ${role}`).join("; "), hits] as const))(
    "%s",
    async (name, hits) => {
      const { values, failures, details } = await drift(stand, { hits, random });
      console.log(name, values, details);
      expect(failures).toEqual([]);
    },
  );
});

let failedAtMs = 0;

describe("a failure", () => {
  it("is counted by Pacemaker, on its host", async () => {
    const standby = await aStandby();
    await stand.lab.run(standby, ["sh", "-c", "kill -KILL $(cat /run/rackway/rw-vr-a-sync/pid)"]);
    await stand.until("the failure is counted", 30_000, async () => ((await failCounts()).includes("rw-vr-a-sync") ? true : undefined));
    failedAtMs = Date.now();
  });
});

describe("by Pacemaker's own word", () => {
  it("a move that an operator asks for, and one that a dead uplink asks for, is a migration and touches nothing else", async () => {
    await stand.mend();
    // What was killed before is running again: else the simulation would recover it, too.
    await stand.pacemakerAtRest();
    // All watches have spoken: what is simulated starts from links that are well.
    const cib = await stand.until("every host's links are judged good", 30_000, async () => {
      const text = await readCib(stand);
      return [...text.matchAll(/name="rw-vr-a-uplink" value="4000"/g)].length === 3 ? text : undefined;
    });
    const owner = await stand.ownerOtherThan(null);
    const to = stand.controllers().find((host) => host !== owner) ?? "";
    const migrates = [expect.stringMatching(new RegExp(`^\\* Migrate +rw-vr-a-vips +\\( +${owner} -> ${to} +\\)`))];
    expect(await transition(withAttribute(cib, to, "rw-vr-a-prefer", "20000"))).toEqual(migrates);
    const dead = stand.controllers().filter((host) => host !== to);
    expect(await transition(dead.reduce((text, host) => withAttribute(text, host, "rw-vr-a-uplink", "1000"), cib))).toEqual(migrates);
  });

  it("and the simulation tells a migration from a stop and a start", async () => {
    const to = await aStandby();
    const cib = (await readCib(stand)).replace(/(name="allow-migrate" value=)"true"/, '$1"false"');
    const words = await transition(withAttribute(cib, to, "rw-vr-a-prefer", "20000"));
    expect(words).toEqual([expect.stringMatching(/^\* Move +rw-vr-a-vips /)]);
  });

  /** The actions that Pacemaker's scheduler would order in that state, one line each. */
  async function transition(cib: string): Promise<string[]> {
    await stand.lab.writeFile("ctl-a1", "/run/simulated.xml", cib);
    const said = await stand.lab.run("ctl-a1", ["crm_simulate", "--xml-file", "/run/simulated.xml", "--simulate"]);
    await stand.lab.run("ctl-a1", ["rm", "/run/simulated.xml"]);
    const summary = /Transition Summary:\n((?: .*\n)*)/.exec(said)?.[1] ?? "";
    return summary.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  }

  /** As attrd would write it, in the status of that host; in place of the value that is there. */
  function withAttribute(cib: string, host: string, name: string, value: string): string {
    const id = new RegExp(`<node_state [^>]*uname="${host}"`).exec(cib)?.[0].match(/ id="(\d+)"/)?.[1] ?? "";
    const section = new RegExp(`<transient_attributes id="${id}">\\s*<instance_attributes [^>]*>`);
    expect(cib).toMatch(section);
    const others = cib.replace(new RegExp(`<nvpair id="status-${id}-${name}"[^>]*/>`), "");
    return others.replace(section, (head) => `${head}<nvpair id="status-${id}-${name}" name="${name}" value="${value}"/>`);
  }
});

describe("a router whose uplink is dead", () => {
  it("goes to a host that has one, and stays there when the cable is in again", async () => {
    const { values, failures } = await cutUplink(stand);
    console.log("uplink cut", values);
    expect(failures).toEqual([]);
  });

  it("stays where it is when no host is better, and does not go to and fro when all are well again", async () => {
    const { values, failures, details } = await cutAllUplinks(stand);
    console.log("all uplinks cut", values, details);
    expect(failures).toEqual([]);
  });
});

describe("the failure from before", () => {
  it("is forgotten by itself, a minute or somewhat more after it", async () => {
    expect(failedAtMs).toBeGreaterThan(0);
    await stand.until("no failure is counted", 120_000, async () => ((await failCounts()).includes("rw-vr-a-sync") ? undefined : true));
  });
});

async function aStandby(): Promise<string> {
  const owner = await stand.owner();
  return stand.controllers().find((host) => host !== owner) ?? "";
}

/** The resources that Pacemaker counts failures of, on any host. */
async function failCounts(): Promise<string[]> {
  const said = await stand.lab.run("ctl-a1", ["crm_mon", "--one-shot", "--failcounts", "--output-as=xml"]);
  return [...said.matchAll(/<resource_history id="([^"]+)"[^>]*fail-count=/g)].map(([, id]) => id ?? "");
}

import { describe, expect, it } from "vitest";
import { renderCib } from "./cib-intent.ts";
import { listOurs, patchCib, readRecord, readVerdict, setVerdict, stripCib } from "./cib-xml.ts";
import { rackA } from "./fixtures/pacemaker-state.ts";
import { planCib } from "./plan-cib.ts";
import { routerIdWords } from "@rackway/schema";

const foreign = `<primitive id="db" class="ocf" provider="heartbeat" type="pgsql"><instance_attributes id="db-i"><nvpair id="db-i-x" name="x" value="a&#10;b &quot;&lt;&gt;&amp;"/></instance_attributes></primitive>`;
const empty = `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="7" admin_epoch="0"><configuration><crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="o" name="cluster-name" value="x"/></cluster_property_set></crm_config><nodes><node id="1" uname="ctl-a1"/><node id="2" uname="ctl-a2"/><node id="3" uname="ctl-a3"/></nodes><resources>${foreign}</resources><constraints/></configuration><status/></cib>`;
const intent = renderCib(rackA, 3);

function patched(from: string, wanted = intent): string {
  const plan = planCib(from, wanted);
  if (plan.kind !== "patch") throw new Error(`a patch was expected, not ${plan.kind}`);
  return plan.patched;
}

describe("planCib", () => {
  it("finds nothing to do in what it has made", () => {
    expect(planCib(patched(empty), intent)).toEqual({ kind: "nothing" });
  });

  it("shows no secret that somebody gave to a fence device of ours by hand", () => {
    const fenced = renderCib({ ...rackA, fencing: [{ agent: "fence_ipmilan", parameters: { ip: "192.0.2.9" }, hosts: [] }] }, 3);
    const byHand = patched(empty, fenced).replace(
      '<meta_attributes id="rw-fence-1-meta">',
      '<instance_attributes id="i"><nvpair id="p" name="passwd" value="a &quot; hunter2"/></instance_attributes>$&',
    );
    const plan = planCib(byHand, fenced);
    if (plan.kind !== "patch") throw new Error("the password by hand is no drift?");
    expect(plan.steps).toMatchObject([{ action: "change", target: "resources/rw-fence-1" }]);
    expect(JSON.stringify(plan.steps)).not.toContain("hunter2");
    expect(plan.steps[0]?.from).toContain('name="passwd" value="[secret]"');
    expect(plan.patched).not.toContain("hunter2");
  });

  it("gives each id once, and a router's only names that the document keeps free for it", () => {
    const xml = patched(empty);
    const ids = [...xml.matchAll(/<(?!nvpair)\w+ [^>]*?\bid="(rw-[^"]*)"/g)].map(([, id]) => id ?? "");
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
    const own = rackA.routers.map(({ name }) => `rw-${name}`);
    const words = new RegExp(`^(${own.join("|")})(-(${routerIdWords.join("|")})(-.*)?)?$`);
    const others = ids.filter((id) => !words.test(id) && !/^rw-(fence-\d+|node-\d+|properties)(-|$)/.test(id));
    expect(others).toEqual([]);
  });

  it("leaves a foreign resource as it is, line breaks and quotes in its parameters included", () => {
    expect(patched(empty)).toContain(foreign);
    expect(stripCib(patched(empty))).toContain(foreign);
  });

  it("takes away all of ours again", () => {
    expect([...listOurs(stripCib(patched(empty))).keys()]).toEqual([]);
  });

  it("records revision and epoch, and raises the version so that the patch is not old", () => {
    expect(readRecord(patched(empty))).toEqual({ epoch: 1, revision: 3 });
    expect(patched(empty)).toMatch(/<cib [^>]*epoch="6" num_updates="0"/);
  });

  it("refuses to overwrite what was written with a later epoch", () => {
    const later = patched(empty, renderCib({ ...rackA, epoch: 9 }, 4));
    expect(planCib(later, intent)).toEqual({ kind: "outdated", epochInCib: 9 });
  });

  it("writes nothing when only the epoch has grown", () => {
    expect(planCib(patched(empty), renderCib({ ...rackA, epoch: 8 }, 3))).toEqual({ kind: "nothing" });
  });

  it("names exactly the resource that is missing, and the one that differs", () => {
    const without = patched(empty).replace(/<primitive id="rw-vr-a-vips".*?<\/primitive>/s, "");
    const changed = without.replace('name="fall" value="3"', 'name="fall" value="4"');
    const plan = planCib(changed, intent);
    expect(plan.kind === "patch" && plan.steps.map(({ action, target }) => [action, target])).toEqual([
      ["change", "resources/rw-vr-a-watch-clone"],
      ["create", "resources/rw-vr-a-vips"],
    ]);
  });

  it("drains a host by a node attribute, and takes it away without a trace", () => {
    const drained = { ...rackA, nodes: rackA.nodes.map((node) => ({ ...node, drained: node.name === "ctl-a2" })) };
    const withDrain = patched(empty, renderCib(drained, 3));
    expect([...listOurs(withDrain).keys()]).toContain("nodes/ctl-a2/rw-drained");
    expect(patchCib(withDrain, intent)).not.toContain('rw-drained" value');
  });

  describe("of a revision that must be confirmed", () => {
    const trial = (side: "new" | "base", revision: number) => ({ ...renderCib(rackA, revision), trial: { id: "4@9", revision: 4, side } });
    const taken = patched(patched(empty), { ...renderCib({ ...rackA, epoch: 5 }, 4), trial: { id: "4@9", revision: 4, side: "new" } });
    const undone = setVerdict(taken, { trial: "4@9", word: "undone" });

    it("does not write the state before it until the CIB says that it is undone", () => {
      expect(planCib(taken, trial("base", 3))).toEqual({ kind: "overruled" });
      expect(planCib(setVerdict(taken, { trial: "4@9", word: "confirmed" }), trial("base", 3))).toEqual({ kind: "overruled" });
    });

    it("then writes it over what is newer, without taking the epoch back, and keeps the word", () => {
      const back = patched(undone, trial("base", 3));
      expect(readRecord(back)).toEqual({ epoch: 5, revision: 3 });
      expect(readVerdict(back)).toEqual({ trial: "4@9", word: "undone" });
      expect(planCib(back, trial("base", 3))).toEqual({ kind: "nothing" });
    });

    it("is not written anew by who has not heard that it is undone, and not undone over what came after it", () => {
      expect(planCib(undone, { ...renderCib({ ...rackA, epoch: 5 }, 4), trial: { id: "4@9", revision: 4, side: "new" } })).toEqual({
        kind: "overruled",
      });
      const later = patched(undone, renderCib({ ...rackA, epoch: 6 }, 5));
      expect(planCib(later, trial("base", 3))).toEqual({ kind: "outdated", epochInCib: 6 });
    });

    it("leaves all else in the CIB as it is when a word is put into it", () => {
      const without = (xml: string) => xml.replace(/<nvpair [^>]*rackway-verdict[^>]*>/, "").replace(/ epoch="\d+" num_updates="\d+"/, "");
      expect(without(undone)).toBe(without(taken));
      expect(readVerdict(setVerdict(undone, { trial: "4@9", word: "confirmed" }))).toEqual({ trial: "4@9", word: "confirmed" });
      expect(readVerdict(setVerdict(empty, { trial: "1@9", word: "confirmed" }))).toEqual({ trial: "1@9", word: "confirmed" });
    });
  });
});

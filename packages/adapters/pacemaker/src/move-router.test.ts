import { expect, test } from "vitest";
import { routerA } from "./fixtures/pacemaker-state.ts";
import { moveRouter } from "./move-router.ts";

/** A cluster of two that is asked by its commands: where the router is, and since which question ctl-a2 is in step. */
function cluster(inStepFrom: number) {
  let at = "ctl-a1";
  let asked = 0;
  const commands: string[] = [];
  const run = async (argv: readonly string[]) => {
    const line = argv.join(" ");
    commands.push(line);
    const answer = (stdout: string) => ({ code: 0, stdout, stderr: "" });
    if (argv[0] === "corosync-quorumtool") return answer("Quorate: Yes\n");
    if (argv[0] === "crm_mon") {
      const nodes = ["ctl-a1", "ctl-a2"].map(
        (name) => `<node name="${name}" online="true" standby="false" pending="false" unclean="false"/>`,
      );
      return answer(
        `<pacemaker-result api-version="2.25"><summary/><nodes>${nodes.join("")}</nodes><resources><resource id="rw-vr-a-vips" resource_agent="ocf:rackway:vips" role="Started" active="true" failed="false" nodes_running_on="1"><node name="${at}" id="1" cached="true"/></resource></resources><status code="0" message="OK"/></pacemaker-result>`,
      );
    }
    if (line.includes("-Q")) return answer(`name="rw-vr-a-instep" host="ctl-a2" value="${++asked >= inStepFrom ? 1 : 0}"\n`);
    if (line.includes("-U")) at = "ctl-a2";
    return answer("");
  };
  return { run, commands };
}

test("a router is moved to a host that is in step, and the wish is taken away again", async () => {
  const { run, commands } = cluster(3);
  const told: string[] = [];
  expect(await moveRouter(run, { router: routerA, to: "ctl-a2" }, (text) => told.push(text))).toEqual({ kind: "done", from: "ctl-a1" });
  expect(told[0]).toContain("waiting until ctl-a2 is in step");
  const wishes = commands.filter((line) => line.includes("-prefer"));
  expect(wishes.map((line) => / (-U|-D)/.exec(line)?.[1])).toEqual(["-U", "-D"]);
});

test("it is not moved to one that does not come into step", async () => {
  const { run, commands } = cluster(Number.POSITIVE_INFINITY);
  let pausedMs = 0;
  const pause = async (ms: number): Promise<void> => void (pausedMs += ms);
  expect(await moveRouter(run, { router: routerA, to: "ctl-a2" }, () => undefined, pause)).toEqual({
    kind: "failed",
    reason: "ctl-a2 is not in step with ctl-a1 after 20 s: connections would be lost",
  });
  expect(pausedMs).toBe(20_000);
  expect(commands.some((line) => line.includes("-prefer"))).toBe(false);
});

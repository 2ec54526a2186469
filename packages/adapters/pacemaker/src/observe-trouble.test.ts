import { describe, expect, test } from "vitest";
import { noTrouble, parseTrouble } from "./observe-trouble.ts";

/** Of Pacemaker 2.1.5's `crm_mon --output-as=xml`: conntrackd has died on ctl-a3, the VIPs have failed to start there three times. */
const recorded = `<pacemaker-result api-version="2.25" request="crm_mon --one-shot --output-as=xml --inactive">
  <node_history>
    <node name="ctl-a3">
      <resource_history id="rw-vr-a" orphan="false" migration-threshold="1000000">
        <operation_history call="42" task="start" rc="0" rc_text="ok" last-rc-change="Sun Nov 22 20:38:54 2026" exec-time="5243ms" queue-time="0ms"/>
      </resource_history>
      <resource_history id="rw-vr-a-sync" orphan="false" migration-threshold="1000000" fail-count="1" last-failure="2026-11-22 21:04:17Z">
        <operation_history call="50" task="monitor" rc="7" rc_text="not running" interval="10000ms" last-rc-change="Sun Nov 22 21:04:17 2026" exec-time="0ms" queue-time="0ms"/>
      </resource_history>
      <resource_history id="rw-vr-a-vips" orphan="false" migration-threshold="3" fail-count="INFINITY" last-failure="Sun Nov 22 21:04:27 2026"/>
    </node>
  </node_history>
  <failures>
    <failure op_key="rw-vr-a-sync_monitor_10000" node="ctl-a3" exitstatus="not running" exitreason="conntrackd has died" exitcode="7" call="50" status="complete" last-rc-change="2026-11-22 21:04:17Z" queued="0" exec="0" interval="10000" task="monitor"/>
    <failure op_key="rw-vr-a-vips_migrate_to_0" node="ctl-a3" exitstatus="error" exitreason="" exitcode="1" call="61" status="Timed Out" last-rc-change="2026-11-22 21:04:27Z" queued="0" exec="20001" interval="0" task="migrate_to"/>
  </failures>
  <fence_history>
    <fence_event action="reboot" target="ctl-a4" client="pacemaker-controld.1989" origin="ctl-a5" status="success" delegate="ctl-a3" completed="2026-11-22 21:02:05Z"/>
    <fence_event action="reboot" target="ctl-a2" client="pacemaker-controld.1989" origin="ctl-a5" status="failed" exit-reason="No such device" completed="2026-11-22 21:01:49Z"/>
    <fence_event action="reboot" target="ctl-a1" client="pacemaker-controld.1989" origin="ctl-a5" status="pending" extended-status="3"/>
  </fence_history>
</pacemaker-result>`;

describe("of what crm_mon tells", () => {
  const trouble = parseTrouble(recorded);

  test("fail counts are those that are not nothing, with the threshold; infinity is a million", () => {
    expect(trouble.failCounts).toEqual([
      { resource: "rw-vr-a-sync", host: "ctl-a3", count: 1, threshold: 1_000_000, lastFailureAt: new Date("2026-11-22T21:04:17Z") },
      // asctime(3): in the zone of the host that wrote it, which is this one.
      { resource: "rw-vr-a-vips", host: "ctl-a3", count: 1_000_000, threshold: 3, lastFailureAt: new Date(2026, 10, 22, 21, 4, 27) },
    ]);
  });

  test("a failure has the resource's own words, or how it ended where it had no time for words", () => {
    expect(trouble.failures).toMatchObject([
      { resource: "rw-vr-a-sync", host: "ctl-a3", task: "monitor", reason: "conntrackd has died" },
      { resource: "rw-vr-a-vips", host: "ctl-a3", task: "migrate_to", reason: "Timed Out: error" },
    ]);
  });

  test("the same failure has the same key, the next one of the same resource another", () => {
    const later = parseTrouble(recorded.replaceAll("21:04:17", "21:05:17").replaceAll('call="50"', 'call="77"'));
    expect(parseTrouble(recorded).failures[0]?.key).toBe(trouble.failures[0]?.key);
    expect(later.failures[0]?.key).not.toBe(trouble.failures[0]?.key);
    expect(later.failures[1]?.key).toBe(trouble.failures[1]?.key);
  });

  test("fencing is told with who did it; where nobody could, with who asked", () => {
    expect(trouble.fencing).toEqual([
      { action: "reboot", target: "ctl-a4", by: "ctl-a3", status: "success", reason: "", endedAt: new Date("2026-11-22T21:02:05Z") },
      {
        action: "reboot",
        target: "ctl-a2",
        by: "ctl-a5",
        status: "failed",
        reason: "No such device",
        endedAt: new Date("2026-11-22T21:01:49Z"),
      },
      { action: "reboot", target: "ctl-a1", by: "ctl-a5", status: "pending", reason: "", endedAt: null },
    ]);
  });

  test("a cluster without trouble has none", () => {
    expect(parseTrouble('<pacemaker-result api-version="2.25"><node_history/></pacemaker-result>')).toEqual(noTrouble);
  });
});

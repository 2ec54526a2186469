import { describe, expect, test } from "vitest";
import { vipView } from "./testing/views.ts";
import { renderVipAnnouncers, renderVipHealth, renderVipHolders } from "./vip-text.ts";

const six = ["ctl-a1", "ctl-a2", "ctl-a3", "ctl-b1", "ctl-b2", "ctl-b3"];
const line = (vip: ReturnType<typeof vipView>): string[] => [renderVipHolders(vip), renderVipAnnouncers(vip), renderVipHealth(vip)];

describe("a VIP in a table", () => {
  test("an anycast VIP says on how many of its hosts it is", () => {
    expect(line(vipView({ owners: six, announcedBy: six.slice(0, 4), health: "up" }))).toEqual(["6 of 6", "4 of 6", "up"]);
  });

  test("what differs between its addresses is said of each", () => {
    const vip = vipView({ owners: six, announcedBy: six, health: "up" }, { owners: six, announcedBy: [], health: "down" });
    expect(line(vip)).toEqual(["6 of 6", "6 of 6; NONE", "up; down"]);
  });

  test("a host that it should not be on is named", () => {
    expect(renderVipAnnouncers(vipView({ announcedBy: ["ctl-a1", "ctl-x"] }))).toBe("ctl-a1, ctl-x");
  });

  test("the owner of a roaming VIP is named, and nobody is said aloud", () => {
    expect(line({ ...vipView({ owners: ["ctl-a1"], announcedBy: [] }), mode: "roaming" })).toEqual(["ctl-a1", "NONE", "unknown"]);
  });

  test("a router's pair is announced by nobody, and its health is the router's", () => {
    expect(line({ ...vipView({ owners: ["ctl-a1"], health: null }), mode: "failover" })).toEqual(["ctl-a1", "-", "-"]);
  });
});

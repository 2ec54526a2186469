import { renderCorosyncConf } from "@rackway/pacemaker";
import { describe, expect, test } from "vitest";

import { classifyCorosyncChange, readSettings } from "./corosync-change.ts";
import { pacemakerState } from "./testing.ts";

const conf = (change: Parameters<typeof pacemakerState>[0] = {}): string => renderCorosyncConf(pacemakerState(change));

describe("a change of corosync.conf", () => {
  test("is none where only comments and blanks differ", () => {
    expect(classifyCorosyncChange(conf(), `# another comment\n\n${conf()}`, "ctl-a1")).toEqual({ kind: "none" });
  });

  test("of timers is taken over while Corosync runs", () => {
    expect(classifyCorosyncChange(conf(), conf({ timers: "careful" }), "ctl-a1")).toEqual({ kind: "reload" });
  });

  test("of the list of nodes is taken over while Corosync runs, by those that stay", () => {
    const more = conf({ hosts: ["ctl-a1", "ctl-a2", "ctl-a3", "ctl-a4"] });
    expect(classifyCorosyncChange(conf(), more, "ctl-a1")).toEqual({ kind: "reload" });
    expect(classifyCorosyncChange(more, conf(), "ctl-a1")).toEqual({ kind: "reload" });
  });

  test("of another host's address is taken over, of this host's own needs a restart", () => {
    const moved = conf().replace("10.10.1.12", "10.10.1.99");
    expect(classifyCorosyncChange(conf(), moved, "ctl-a1")).toEqual({ kind: "reload" });
    expect(classifyCorosyncChange(conf(), moved, "ctl-a2")).toEqual({ kind: "restart", changes: ["nodelist.ctl-a2.ring0_addr"] });
  });

  test("of the cluster's name or its encryption needs a restart", () => {
    expect(classifyCorosyncChange(conf(), conf({ cluster: "rack-z" }), "ctl-a1")).toEqual({
      kind: "restart",
      changes: ["totem.cluster_name"],
    });
    expect(classifyCorosyncChange(conf(), conf().replace("aes256", "aes128"), "ctl-a1")).toMatchObject({ kind: "restart" });
  });
});

test("settings are read by section, nodes by name", () => {
  const settings = readSettings(conf());
  expect(settings.get("nodelist.ctl-a2.ring0_addr")).toBe("10.10.1.12");
  expect(settings.get("totem.interface.linknumber")).toBe("0");
  expect(settings.get("quorum.provider")).toBe("corosync_votequorum");
});

import { managedHeader, renderCorosyncConf } from "@rackway/pacemaker";
import { describe, expect, test } from "vitest";

import type { ClusterObservation } from "./cluster-plan.ts";
import { planCluster } from "./cluster-plan.ts";
import { freshHost, idle, pacemakerState, running } from "./testing.ts";

const path = "/etc/corosync/corosync.conf";
const state = pacemakerState();
const conf = renderCorosyncConf(state);
const member: ClusterObservation = freshHost({
  conf,
  authKeySha256: state.authKey.sha256,
  authKeyMode: 0o400,
  services: { corosync: running, "corosync-qdevice": idle, pacemaker: running, "rackway-guard": running },
});
const plan = (seen: ClusterObservation, wanted: typeof state | null = state) => planCluster("ctl-a1", wanted, seen, path);
const verbs = (seen: ClusterObservation, wanted: typeof state | null = state): string[] =>
  plan(seen, wanted).actions.map((action) => ("service" in action ? `${action.do} ${action.service}` : action.do));

describe("joining", () => {
  test("brings key, file and an empty configuration before any daemon, and Corosync before Pacemaker", () => {
    expect(verbs(freshHost())).toEqual([
      "write-key",
      "write-conf",
      "clear-cluster-state",
      "start corosync",
      "start pacemaker",
      "start rackway-guard",
    ]);
  });

  test("a member that is as it should be has nothing to do", () => {
    expect(plan(member)).toEqual({ steps: [], blocked: [], problems: [], actions: [] });
  });

  test("stops a Corosync that runs with the package's default file before it starts ours", () => {
    const debian = freshHost({
      conf: "totem {\n}\n",
      confIsPackageDefault: true,
      services: { ...member.services, "rackway-guard": running },
    });
    expect(verbs(debian)).toEqual([
      "write-key",
      "write-conf",
      "stop pacemaker",
      "stop corosync",
      "clear-cluster-state",
      "start corosync",
      "start pacemaker",
    ]);
    expect(plan(debian).actions).toContainEqual({ do: "write-conf", text: conf, replacesDefault: true });
  });

  test("never overwrites a file that somebody wrote, and says where it is", () => {
    const theirs = plan(freshHost({ conf: "totem {\n cluster_name: theirs\n}\n" }));
    expect(theirs.actions).toEqual([]);
    expect(theirs.problems).toMatchObject([{ code: "corosync-foreign", message: `${path} is not Rackway's` }]);
  });

  test("names the daemon that is not installed, and starts the others", () => {
    const seen = freshHost({
      services: { ...freshHost().services, "rackway-guard": { installed: false, enabled: false, running: false } },
    });
    expect(plan(seen).problems).toMatchObject([
      { code: "daemon-missing", message: "rackway-guard is not installed as a service of runit" },
    ]);
    expect(verbs(seen)).toContain("start pacemaker");
  });
});

describe("a running member", () => {
  test("reloads Corosync for new timers", () => {
    expect(verbs(member, pacemakerState({ timers: "careful" }))).toEqual(["write-conf", "reload-corosync"]);
  });

  test("only says that a restart is needed for another name, and goes on saying it", () => {
    const renamed = pacemakerState({ cluster: "rack-z" });
    expect(verbs(member, renamed)).toEqual(["write-conf", "mark-restart"]);
    const later = plan({ ...member, conf: renderCorosyncConf(renamed), restartPending: ["totem.cluster_name"] }, renamed);
    expect(later.actions).toEqual([]);
    expect(later.problems).toMatchObject([{ code: "corosync-restart-needed" }]);
    expect(later.blocked).toHaveLength(1);
  });

  test("starts again what was stopped, and nothing else", () => {
    expect(verbs({ ...member, services: { ...member.services, pacemaker: { ...running, running: false } } })).toEqual(["start pacemaker"]);
  });

  test("fetches a key anew that was changed or made readable for others", () => {
    expect(verbs({ ...member, authKeyMode: 0o644 })).toEqual(["write-key"]);
    expect(verbs({ ...member, authKeySha256: "cd".repeat(32) })).toEqual(["write-key", "mark-restart"]);
  });
});

describe("leaving", () => {
  test("stops Pacemaker before Corosync, and removes the files last", () => {
    expect(verbs(member, null)).toEqual(["stop pacemaker", "stop corosync", "stop rackway-guard", "remove-files"]);
  });

  test("touches nothing of a cluster that is not ours", () => {
    const theirs = freshHost({
      conf: "totem {\n}\n",
      services: { ...freshHost().services, corosync: running, pacemaker: running },
    });
    expect(plan(theirs, null)).toEqual({ steps: [], blocked: [], problems: [], actions: [] });
  });

  test("finishes what was cut off half way: files without daemons", () => {
    expect(verbs(freshHost({ conf: `${managedHeader}\ntotem {` }), null)).toEqual(["remove-files"]);
  });
});

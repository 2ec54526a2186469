import { describe, expect, test } from "vitest";

import { emptyOriginals } from "../originals.ts";
import type { Originals } from "../originals.ts";
import type { ServiceObservation } from "../service-driver.ts";
import type { ClientPlan } from "./client-stage.ts";
import type { ClientObservation, ClientState, DropInSight } from "./observe-clients.ts";
import { clientPaths, noClient } from "./observe-clients.ts";
import type { FileSight, PathSight } from "./path-sight.ts";
import { planClients } from "./plan-clients.ts";

const absent: ServiceObservation = { installed: false, enabled: false, running: false };
const running: ServiceObservation = { installed: true, enabled: true, running: true };
const nothing: DropInSight = { file: { kind: "absent" }, folderIsThere: false };
const fresh = emptyOriginals("world");
const wanted: ClientState = {
  resolver: { nameservers: ["10.10.1.100", "fd00:10:1::100"], search: [], options: [] },
  time: { servers: ["10.10.1.100"] },
};
const names: ClientState = { ...wanted, time: null };
const clock: ClientState = { ...wanted, resolver: null };

function file(text: string, change: Partial<FileSight> = {}): FileSight {
  return { kind: "file", bytes: Buffer.from(text), mode: 0o644, uid: 0, gid: 0, isMountPoint: false, ...change };
}

/** Debian with chrony, and a resolv.conf of its own. */
function host(
  change: { readonly resolver?: Partial<ClientObservation["resolver"]>; readonly time?: Partial<ClientObservation["time"]> } = {},
) {
  const seen: ClientObservation = {
    resolver: {
      conf: file("# mine\nsearch corp.example\nnameserver 192.0.2.53\noptions ndots:2 trust-ad\n", { mode: 0o640, gid: 4 }),
      dropIn: nothing,
      service: absent,
      uplinks: null,
      answering: ["10.10.1.100"],
      ...change.resolver,
    },
    time: {
      chrony: running,
      timesyncd: absent,
      sources: { file: { kind: "absent" }, folderIsThere: true },
      timesyncdDropIn: nothing,
      sourceFolders: ["/run/chrony-dhcp", "/etc/chrony/sources.d"],
      chronySources: [],
      timesync: null,
      ...change.time,
    },
  };
  return seen;
}

/** The host after a plan, as far as files go. */
function after(seen: ClientObservation, plan: ClientPlan): ClientObservation {
  const operations = plan.groups.flat();
  const at = (path: string, before: PathSight): PathSight => {
    for (const operation of operations) {
      if (operation.do === "take-over" || operation.path !== path) continue;
      if (operation.do === "remove") return { kind: "absent" };
      if (operation.do === "link") return { kind: "link", target: operation.target, leadsTo: operation.target, text: null };
      if (operation.do !== "write") continue;
      const isMountPoint = before.kind === "file" && before.isMountPoint;
      return { kind: "file", bytes: operation.bytes, mode: operation.mode, ...operation.owner, isMountPoint };
    }
    return before;
  };
  const dropIn = (path: string, { file: before }: DropInSight): DropInSight => ({ file: at(path, before), folderIsThere: true });
  return {
    resolver: {
      ...seen.resolver,
      conf: at(clientPaths.resolvConf, seen.resolver.conf),
      dropIn: dropIn(clientPaths.resolvedDropIn, seen.resolver.dropIn),
    },
    time: { ...seen.time, sources: dropIn(clientPaths.chronySources, seen.time.sources) },
  };
}

function codes({ problems }: ClientPlan): string[] {
  return problems.map(({ code }) => code);
}

function textOf(sight: PathSight): string | null {
  return sight.kind === "file" ? sight.bytes.toString() : null;
}

/** Points a host there and gives it back, with something in between. */
function thereAndBack(
  seen: ClientObservation,
  between = (now: ClientObservation) => now,
): { now: ClientObservation; originals: Originals } {
  const there = planClients(names, seen, fresh);
  const back = planClients(noClient, between(after(seen, there)), there.originals);
  return { now: after(between(after(seen, there)), back), originals: back.originals };
}

describe("resolv.conf", () => {
  test("gets our name servers, and keeps domains and options that the host has besides", () => {
    const plan = planClients(names, host(), fresh);
    const { conf } = after(host(), plan).resolver;
    expect(textOf(conf)).toBe(
      "# Managed by Rackway. Changes made here are put back; change the cluster document instead.\n" +
        "search corp.example\nnameserver 10.10.1.100\nnameserver fd00:10:1::100\noptions ndots:2\n",
    );
    expect(conf).toMatchObject({ mode: 0o640, uid: 0, gid: 4 });
    expect(plan.steps).toEqual([
      expect.objectContaining({
        id: "resolver:/etc/resolv.conf",
        from: "name servers 192.0.2.53",
        to: "name servers 10.10.1.100 fd00:10:1::100",
      }),
    ]);
  });

  test("has the document's domains before the host's, and its options in the place of the host's", () => {
    const state = { ...names, resolver: { nameservers: ["10.10.1.100"], search: ["rack-a.example"], options: ["timeout:2"] } };
    const lines = textOf(after(host(), planClients(state, host(), fresh)).resolver.conf)
      ?.split("\n")
      .slice(1);
    expect(lines).toEqual(["search rack-a.example corp.example", "nameserver 10.10.1.100", "options timeout:2", ""]);
  });

  test("is what it should be after one plan: the second is empty", () => {
    const plan = planClients(wanted, host(), fresh);
    const known = [{ address: "10.10.1.100", standing: "*", answers: true, offsetMs: 0 }];
    const now = after(host({ time: { chronySources: known } }), plan);
    expect(planClients(wanted, now, plan.originals)).toMatchObject({ steps: [], blocked: [], problems: [], groups: [] });
  });

  test("goes back to what it was, byte for byte, with mode and owner; nothing is left to remember", () => {
    const { now, originals } = thereAndBack(host());
    expect(now.resolver.conf).toEqual(host().resolver.conf);
    expect(originals).toEqual(fresh);
  });

  test("that was a link is a link again, one that was absent is absent again", () => {
    const link = {
      kind: "link",
      target: "../run/resolvconf/resolv.conf",
      leadsTo: "/run/resolvconf/resolv.conf",
      text: "search a.example\n",
    } as const;
    expect(thereAndBack(host({ resolver: { conf: link } })).now.resolver.conf).toMatchObject({ kind: "link", target: link.target });
    expect(thereAndBack(host({ resolver: { conf: { kind: "absent" } } })).now.resolver.conf).toEqual({ kind: "absent" });
  });

  test("that somebody writes over is drift: put back, and what was there first is what comes back in the end", () => {
    const first = planClients(names, host(), fresh);
    const drifted = host({ resolver: { conf: file("nameserver 192.0.2.99\n") } });
    const again = planClients(names, drifted, first.originals);
    expect(again.originals).toEqual(first.originals);
    expect(textOf(after(drifted, again).resolver.conf)).toContain("nameserver 10.10.1.100\n");
    // A mode is part of it: nobody but root could resolve.
    const closed = after(host(), first);
    const conf = { ...(closed.resolver.conf as FileSight), mode: 0o600 };
    expect(planClients(names, { ...closed, resolver: { ...closed.resolver, conf } }, first.originals).steps).toHaveLength(1);
  });

  test("that somebody has made theirs by the time we leave stays theirs", () => {
    const theirs = file("nameserver 192.0.2.99\n");
    const { now, originals } = thereAndBack(host(), (seen) => ({ ...seen, resolver: { ...seen.resolver, conf: theirs } }));
    expect(now.resolver.conf).toEqual(theirs);
    expect(originals).toEqual(fresh);
  });

  test("that is mounted is written in place; one that is mounted over ours is another file with an original of its own", () => {
    const mounted = host({ resolver: { conf: file("nameserver 127.0.0.11\n", { isMountPoint: true, mode: 0o600 }) } });
    const operation = planClients(names, mounted, fresh).groups[0]?.[0];
    expect(operation).toMatchObject({ do: "write", inPlace: true, mode: 0o600 });
    const own = planClients(names, host(), fresh);
    const both = planClients(names, mounted, own.originals);
    expect(Object.keys(both.originals.resolvConf)).toEqual(["own", "mounted"]);
    const back = planClients(noClient, after(mounted, both), both.originals);
    expect(after(mounted, back).resolver.conf).toEqual(mounted.resolver.conf);
    expect(back.originals).toEqual(own.originals);
  });

  test("is not touched while no name server answers, and never by a host that has no part in it", () => {
    const plan = planClients(names, host({ resolver: { answering: [] } }), fresh);
    expect(plan.groups).toEqual([]);
    expect(plan.blocked).toHaveLength(1);
    expect(codes(plan)).toEqual(["resolver-silent"]);
    expect(planClients(noClient, host(), fresh)).toMatchObject({ steps: [], problems: [], groups: [], originals: fresh });
  });

  test("of ours whose original nobody remembers is left, and said to be", () => {
    const now = after(host(), planClients(names, host(), fresh));
    const plan = planClients(noClient, now, fresh);
    expect(codes(plan)).toEqual(["resolver-original-lost"]);
    expect(plan.groups).toEqual([]);
  });
});

describe("systemd-resolved", () => {
  const stub = {
    kind: "link",
    target: "../run/systemd/resolve/stub-resolv.conf",
    leadsTo: "/run/systemd/resolve/stub-resolv.conf",
    text: "",
  } as const;
  const resolved = host({ resolver: { conf: stub, service: running, uplinks: ["192.0.2.53"] } });

  test("gets a file beside its own, and resolv.conf stays the link that it is", () => {
    const plan = planClients(names, resolved, fresh);
    const [operations] = plan.groups;
    expect(operations?.map((operation) => operation.do)).toEqual(["make-folder", "write", "take-over"]);
    expect(textOf(after(resolved, plan).resolver.dropIn.file)).toMatch(/\nDNS=\nDNS=10.10.1.100 fd00:10:1::100\nDomains=~\.\n$/);
    expect(plan.originals).toMatchObject({ resolvConf: {}, folders: ["/etc/systemd/resolved.conf.d"] });
    const back = planClients(noClient, after(resolved, plan), plan.originals);
    expect(back.groups[0]?.map((operation) => operation.do)).toEqual(["remove", "take-over", "remove-folder"]);
    expect(back.originals).toEqual(fresh);
  });

  test("that does not follow is told once more, and then it is said", () => {
    const plan = planClients(names, resolved, fresh);
    const now = after(resolved, plan);
    expect(planClients(names, now, plan.originals).groups).toEqual([[{ do: "take-over", daemon: "systemd-resolved" }]]);
    const told = planClients(names, now, plan.originals, new Set(["systemd-resolved"]));
    expect(told.groups).toEqual([]);
    expect(codes(told)).toEqual(["client-not-taken-over"]);
  });

  test("is told until it has taken over that our file is gone, also by an agent that died in between", () => {
    const plan = planClients(names, resolved, fresh);
    expect(plan.remember.untold).toEqual(["systemd-resolved"]);
    const there = after(resolved, plan);
    const back = planClients(noClient, there, plan.originals);
    expect([back.remember.untold, back.originals.untold]).toEqual([["systemd-resolved"], []]);
    const gone = after(there, back);
    const failed = { ...gone, resolver: { ...gone.resolver, service: { ...running, running: false } } };
    for (const seen of [gone, failed]) {
      const again = planClients(noClient, seen, back.remember);
      expect(again.groups).toEqual([
        [
          { do: "take-over", daemon: "systemd-resolved" },
          { do: "remove-folder", path: "/etc/systemd/resolved.conf.d" },
        ],
      ]);
      expect([again.steps.length, again.originals]).toEqual([1, fresh]);
    }
    // Nobody runs it any more; and nobody knows.
    const service = (change: Partial<ServiceObservation>) => ({
      ...gone,
      resolver: { ...gone.resolver, service: { ...absent, ...change } },
    });
    expect(planClients(noClient, service({ installed: true }), back.remember).originals.untold).toEqual([]);
    expect(planClients(noClient, service({}), back.remember).originals.untold).toEqual(["systemd-resolved"]);
  });

  test("is told also where our file is right already, and where a silent name server keeps us out", () => {
    const plan = planClients(names, resolved, fresh);
    const now = after(resolved, plan);
    const known = { ...now, resolver: { ...now.resolver, uplinks: ["10.10.1.100", "fd00:10:1::100"] } };
    expect(planClients(names, known, plan.originals).groups).toEqual([]);
    expect(planClients(names, known, plan.remember).groups).toEqual([[{ do: "take-over", daemon: "systemd-resolved" }]]);
    const silent = { ...resolved, resolver: { ...resolved.resolver, answering: [] } };
    const kept = planClients(names, silent, { ...fresh, untold: ["systemd-resolved"] });
    expect([kept.groups, codes(kept)]).toEqual([[[{ do: "take-over", daemon: "systemd-resolved" }]], ["resolver-silent"]]);
  });

  test("that is gone has left a link like any other", () => {
    const plan = planClients(names, host({ resolver: { conf: stub } }), fresh);
    expect(plan.originals.resolvConf.own).toEqual({ kind: "link", target: stub.target, kept: [] });
  });
});

describe("the time source", () => {
  test("is a file that chronyd reads, preferred while it answers", () => {
    const plan = planClients(clock, host(), fresh);
    expect(plan.groups[0]?.map((operation) => operation.do)).toEqual(["write", "take-over"]);
    expect(textOf(after(host(), plan).time.sources.file)).toMatch(/\nserver 10.10.1.100 iburst minpoll 4 maxpoll 6 prefer trust\n$/);
  });

  test("is not given to a chronyd that would not read it, nor to nobody, nor in the place of somebody's file", () => {
    const cases: [Partial<ClientObservation["time"]>, string][] = [
      [{ sourceFolders: ["/run/chrony-dhcp"] }, "time-sources-unread"],
      [{ chrony: absent }, "time-daemon-missing"],
      [{ sources: { file: file("server 192.0.2.1\n"), folderIsThere: true } }, "client-file-foreign"],
    ];
    for (const [time, code] of cases) {
      const plan = planClients(clock, host({ time }), fresh);
      expect(codes(plan)).toEqual([code]);
      expect(plan.groups).toEqual([]);
      expect(plan.blocked).toHaveLength(1);
    }
  });

  test("goes from one daemon to the other with the host", () => {
    const first = planClients(clock, host(), fresh);
    const changed = { ...after(host(), first).time, chrony: absent, timesyncd: running };
    const plan = planClients(clock, host({ time: changed }), first.originals);
    expect(plan.steps.map(({ action, target }) => `${action} ${target}`)).toEqual(["delete chrony", "create systemd-timesyncd"]);
    expect(plan.groups.map((group) => group.map((operation) => operation.do))).toEqual([["remove"], ["make-folder", "write", "take-over"]]);
  });

  test("is said to stand still where its daemon does", () => {
    const plan = planClients(clock, host({ time: { chrony: { ...running, running: false } } }), fresh);
    expect(codes(plan)).toEqual(["time-daemon-stopped"]);
    expect(plan.groups[0]?.map((operation) => operation.do)).toEqual(["write"]);
  });
});

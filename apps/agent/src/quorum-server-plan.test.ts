import { describe, expect, test } from "vitest";

import type { QuorumServerObservation } from "./quorum-server-plan.ts";
import { planQuorumServer, quorumServerOptions } from "./quorum-server-plan.ts";
import { idle, running } from "./testing.ts";

const wanted = { clusters: ["rack-a"], certificate: { id: "quorum-server-node-a1", sha256: "ab".repeat(32) } };
const paths = { store: "/etc/corosync/qnetd/nssdb", options: "/etc/default/corosync-qnetd" };
/** As the Debian package leaves it: running, with a certificate that nobody has. */
const installed: QuorumServerObservation = {
  store: { kind: "other", isUsed: false },
  options: 'COROSYNC_QNETD_OPTIONS=""\n',
  optionsArePackageDefault: true,
  service: running,
  init: "systemd",
  clients: [],
};
const serving: QuorumServerObservation = {
  ...installed,
  store: { kind: "ours", sha256: wanted.certificate.sha256 },
  options: quorumServerOptions,
  optionsArePackageDefault: false,
};
const verbs = (seen: QuorumServerObservation, state: typeof wanted | null = wanted): string[] =>
  planQuorumServer(state, seen, paths).actions.map((action) => action.do);
const codes = (seen: QuorumServerObservation, state: typeof wanted | null = wanted): string[] =>
  planQuorumServer(state, seen, paths).problems.map(({ code }) => code);

describe("a quorum device's host", () => {
  test("gets certificate and options before the daemon, and restarts one that the package has started", () => {
    expect(verbs({ ...installed, service: idle })).toEqual(["write-store", "write-options", "start"]);
    expect(verbs(installed)).toEqual(["write-store", "write-options", "restart"]);
    expect(verbs(serving)).toEqual([]);
    expect(verbs({ ...serving, service: idle })).toEqual(["start"]);
  });

  test("is left alone where somebody else uses corosync-qnetd already", () => {
    const signed = { ...installed, store: { kind: "other", isUsed: true } } as const;
    const edited = { ...installed, optionsArePackageDefault: false };
    for (const theirs of [signed, edited]) expect([verbs(theirs), codes(theirs)]).toEqual([[], ["quorum-server-foreign"]]);
    expect(verbs(signed, null)).toEqual([]);
  });

  test("stays one until nobody is connected, and is put back then", () => {
    const used = { ...serving, clients: ["rackway-rack-a"] };
    expect([verbs(used, null), codes(used, null)]).toEqual([[], ["quorum-server-in-use"]]);
    expect(verbs(serving, null)).toEqual(["stop", "remove-files"]);
  });

  test("stays one while it runs and does not say who is connected; one that stands has nobody", () => {
    const mute = { ...serving, clients: null };
    expect([verbs(mute, null), codes(mute, null)]).toEqual([[], ["quorum-server-silent"]]);
    expect(verbs({ ...mute, service: idle }, null)).toEqual(["remove-files"]);
  });
});

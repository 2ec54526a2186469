import { describe, expect, it } from "vitest";

import type { TimeServer } from "./chrony-conf.ts";
import { renderChronyConf, renderTimeSources } from "./chrony-conf.ts";

const server: TimeServer = {
  upstreams: [
    { server: "198.51.100.123", nts: false },
    { server: "time.example", nts: true },
  ],
  certificateAuthorities: "/etc/rackway/time-ca.pem",
  orphanStratum: 10,
  clients: ["10.10.1.0/24"],
  peers: [1, 2, 10].map((nodeId) => ({ host: `ctl-a${nodeId}`, nodeId })),
  index: 31,
};

/** That the real daemon accepts these is held by tests/lab/resource-agents.lab.test.ts. */
describe("a time server's files", () => {
  it("are as they were: configuration", async () => {
    await expect(renderChronyConf(server)).toMatchFileSnapshot("./goldens/chrony.conf");
  });

  it("of service VIPs asks from an address of its own way out, and follows upstreams alone", () => {
    const alone = { ...server, peers: [], askFrom: ["169.254.192.6", "fd00::2"] };
    expect(renderChronyConf(alone)).toContain("\nbindacqaddress 169.254.192.6\nbindacqaddress fd00::2\n");
    expect(renderTimeSources(alone)).not.toContain("fd72");
  });

  it("are as they were: sources", async () => {
    await expect(renderTimeSources(server)).toMatchFileSnapshot("./goldens/chrony.sources");
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { PacemakerState } from "@rackway/schema";
import { expect, test } from "vitest";

import { readRefusals } from "./service-refusals.ts";

const check = { http: null, intervalMs: 1000, timeoutMs: 1000, rise: 2, fall: 2 };
const backends = [{ address: "10.0.0.1", port: 80 }];
const frontend = {
  port: 80,
  mode: "tcp",
  tls: null,
  acceptProxy: false,
  sendProxy: "off",
  balance: "source",
  connectMs: 9,
  idleMs: 9,
} as const;
const proxiedService: PacemakerState["services"][number] = {
  name: "web",
  netns: "rw-web",
  existing: false,
  index: 1,
  linkIpv4: "169.254.64.2",
  linkIpv6: "fd72:6b77:616e::2",
  checks: [],
  sets: [
    {
      mode: "anycast",
      name: null,
      controllers: ["ctl-a1"],
      overlap: false,
      vips: [
        {
          name: "shop",
          number: 1,
          addresses: [{ family: 4, address: "10.77.0.1" }],
          check: null,
          proxy: [{ ...frontend, check, backends }],
        },
      ],
    },
  ],
};

test("what a daemon has refused is a problem of the host for as long as it is written down", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rackway-proxy-"));
  try {
    mkdirSync(join(folder, "rw-web-proxy"));
    writeFileSync(join(folder, "rw-web-proxy", "refused"), "No Private Key found\n");
    expect((await readRefusals(folder, [proxiedService])).map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "proxy-refused: HAProxy of service namespace web goes on with its former configuration: No Private Key found",
    ]);
    // As the resource agent leaves it in a folder without space.
    writeFileSync(join(folder, "rw-web-proxy", "refused"), "");
    expect((await readRefusals(folder, [proxiedService])).map(({ message }) => message)).toEqual([
      expect.stringMatching(/former configuration: cannot write to \S+$/),
    ]);
    rmSync(join(folder, "rw-web-proxy", "refused"));
    mkdirSync(join(folder, "rw-web-ntp"));
    writeFileSync(join(folder, "rw-web-ntp", "refused"), "Invalid syntax at line 2\n");
    const ntp = { upstreams: [{ server: "192.0.2.1", nts: false }], certificateAuthorities: null, orphanStratum: 10, clients: [] };
    expect((await readRefusals(folder, [{ ...proxiedService, ntp }])).map(({ code, message }) => `${code}: ${message}`)).toEqual([
      "service-refused: chronyd of service namespace web goes on with its former configuration: Invalid syntax at line 2",
    ]);
    expect(await readRefusals(folder, [proxiedService])).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

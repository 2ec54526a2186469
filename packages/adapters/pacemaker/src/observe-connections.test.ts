import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import type { CommandRunner } from "@rackway/linux";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { routerA } from "./fixtures/pacemaker-state.ts";
import { ConnectionWatch } from "./observe-connections.ts";

const vip = routerA.vips.find(({ name, family }) => name === "public" && family === 4)?.address ?? "";
const entry = (client: number, to: string, port: number): string =>
  `tcp      6 299 ESTABLISHED src=10.0.0.${client} dst=${to} sport=40000 dport=${port} src=${to} dst=${vip} sport=${port} dport=4000${client} [ASSURED] mark=0 use=1`;
const table = [
  ...[1, 2, 3].map((client) => entry(client, "198.51.100.80", 443)),
  ...[1, 2].map((client) => entry(client, "198.51.100.80", 80)),
  entry(1, "198.51.100.81", 443),
  `icmp     1 29 src=10.0.0.1 dst=198.51.100.80 type=8 code=0 id=7 src=198.51.100.80 dst=${vip} type=0 code=0 id=7 mark=0 use=1`,
].join("\n");

let folder = "";
/** A conntrack(8) that writes `table`, or fails. */
const putConntrack = (script: string): void => {
  writeFileSync(path.join(folder, "conntrack"), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(folder, "conntrack"), 0o755);
};
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "rackway-connections-"));
  writeFileSync(path.join(folder, "table"), `${table}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The host's own sh and awk, in no namespace; `counters`: what the kernel says. */
function host(counters: string, reads: string[] = []): CommandRunner {
  return async ([, , , command = "", ...rest]) => {
    if (command === "cat") return { code: counters === "" ? 1 : 0, stdout: counters, stderr: "" };
    if (command === "ip") return { code: 0, stdout: `3: public inet ${vip}/25 scope global public\n`, stderr: "" };
    reads.push(rest.at(-1) ?? "");
    const { status, stdout } = spawnSync(command, rest, { encoding: "utf8", env: { PATH: `${folder}:${process.env.PATH ?? ""}` } });
    return { code: status ?? 1, stdout, stderr: "" };
  };
}

describe("a router's connections", () => {
  it("are counted against the kernel's limit; a namespace that is not there is not looked into", async () => {
    const look = async (counters: string) => new ConnectionWatch(host(counters), () => 0).observe(routerA);
    expect(await look("17\n262144\n")).toEqual({ entries: 17, limit: 262144, ports: [] });
    expect(await look("17\n")).toEqual({ entries: 17, limit: null, ports: [] });
    expect(await look("")).toBeNull();
  });

  it("take as many ports of the VIP as the busiest destination has; read once a minute, and only of a table that holds many", async () => {
    putConntrack(`cat ${path.join(folder, "table")}`);
    const reads: string[] = [];
    let nowMs = 0;
    const watch = new ConnectionWatch(host("9000\n262144\n", reads), () => nowMs);
    const ports = [{ family: 4, used: 3, limit: 64512 }];
    expect(await watch.observe(routerA)).toEqual({ entries: 9000, limit: 262144, ports });
    nowMs = 59_000;
    expect((await watch.observe(routerA))?.ports).toEqual(ports);
    expect(reads).toHaveLength(1);
    nowMs = 60_000;
    await watch.observe(routerA);
    expect(reads).toHaveLength(2);
  });

  it("are not said to take none where they could not be read", async () => {
    putConntrack("exit 1");
    expect((await new ConnectionWatch(host("9000\n262144\n"), () => 0).observe(routerA))?.ports).toEqual([]);
  });
});

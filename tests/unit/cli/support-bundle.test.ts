/** Secrets are planted wherever one can be, and where none belongs; then every byte of the bundle is searched for them. */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import { runSupportBundle } from "../../../apps/cli/src/commands/support-bundle.ts";
import { buildProgram } from "../../../apps/cli/src/program.ts";
import { Session } from "../../../apps/cli/src/session.ts";
import type { HostEyes } from "../../../apps/cli/src/support/host-parts.ts";
import { makeTerminal, run } from "../../../apps/cli/src/testing/terminal.ts";
import { fullDocument, report, showCluster } from "../../../apps/server/src/testing/seen-cluster.ts";
import { filesOf, makeReport, startTestServer } from "../../../apps/server/src/testing/test-server.ts";
import type { TestServer } from "../../../apps/server/src/testing/test-server.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const keyLine = privateKey.split("\n")[1] ?? "";
const planted = {
  ospfKey: "ospf-hunter2",
  bgpPassword: "bgp-hunter3",
  bmcPassword: "bmc-hunter4",
  commented: "yaml-hunter5",
  urlPassword: "url-hunter6",
  agentToken: "",
};

let server: TestServer;
let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "rackway-support-"));
  server = await startTestServer({ listen: true });
  await showCluster(server);
  planted.agentToken = await server.enroll("ctl-a1");
  const withKeys = (await fullDocument())
    .replace("interfaces: [fabric]\n", "$&          authentication: { keyFile: /etc/rackway/ospf.key, keyId: 1 }\n")
    .concat(`# password of the BMCs: ${planted.commented}\n`);
  // Whatever the operator writes beside the document, in a comment of the YAML and in the words of a revision.
  const body = { ...filesOf(withKeys), comment: `with ${server.adminToken}, BMC password=${planted.bmcPassword}` };
  await server.get("POST", "/apply", { body });
  await server.get("PUT", "/hosts/ctl-a2/drain", { body: { reason: `see https://bob:${planted.urlPassword}@bmc.example/` } });
  // An agent that says too much.
  const problems = [{ code: "frr-refused", message: `authentication-key ${planted.bgpPassword}`, hint: `token: ${planted.agentToken}` }];
  await report(server, makeReport("ctl-a3", { problems }));
  planted.agentToken = await server.enroll("ctl-a1");
  const events = [
    {
      at: new Date().toISOString(),
      kind: "resource-failed",
      subject: "resource/rw-fence-1",
      reason: privateKey,
      data: { key: privateKey },
    },
  ];
  await server.get("POST", "/agent/events", { token: planted.agentToken, body: { events } });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const files: Readonly<Record<string, () => string>> = {
  "/etc/rackway/agent.yaml": () => "tokenFile: /etc/rackway/elsewhere\n",
  "/etc/rackway/elsewhere": () => `${planted.agentToken}\n`,
  "/var/lib/rackway/agent/state.json": () => '{"bgp":{"authentication":{"keyFile":"/etc/rackway/bgp.key"}}}',
  "/etc/rackway/bgp.key": () => `${planted.bgpPassword}\n`,
  "/etc/rackway/ospf.key": () => `${planted.ospfKey}\n`,
  "/run/rackway/guard.log": () => "2026-11-29T12:00:00Z quorum is lost\n",
  "/run/rackway/fencing.log": () => `2026-11-29T12:00:00Z reboot ctl-a2: failed: ipmitool --password=${planted.bmcPassword}\n`,
};

/** A host whose programs say everything that they know; FRR's configuration, with the keys, only where it is asked for. */
const eyes: HostEyes = {
  isHost: () => true,
  run: async (argv) => {
    if (argv.some((word) => /running-config|startup-config|cibadmin|authkey/.test(word)))
      return `key ${planted.ospfKey} ${planted.bgpPassword}`;
    return `said ${argv.join(" ")}, and by mistake ${planted.ospfKey} ${planted.bgpPassword}\n`;
  },
  read: async (file) => {
    const text = files[file];
    if (text === undefined) throw new Error(`ENOENT: ${file}`);
    return text();
  },
};

async function bundleOnHost(url: string, to: string): Promise<string> {
  const tokenFile = path.join(folder, "token");
  writeFileSync(tokenFile, server.adminToken);
  // Its agent is dead: what it would tell is left out, and named.
  const env = { RACKWAY_AGENT_SOCKET: path.join(folder, "none.sock"), RACKWAY_LAUNCHER: "/bin/false" };
  const terminal = makeTerminal({ cwd: folder, env });
  const session = new Session(terminal);
  const program = buildProgram(session);
  program.setOptionValue("server", url).setOptionValue("tokenFile", tokenFile);
  const command = program.commands.find((each) => each.name() === "support-bundle");
  if (command === undefined) throw new Error("there is no such command");
  command.setOptionValue("to", to);
  try {
    await runSupportBundle(session, command, eyes);
  } finally {
    session.close();
  }
  return terminal.err();
}

/** By path below the bundle's folder. */
function unpack(archive: string): Map<string, string> {
  const into = mkdtempSync(path.join(folder, "unpacked-"));
  execFileSync("tar", ["-xzf", archive, "-C", into]);
  return new Map(
    globSync("*/**/*.*", { cwd: into }).map((file) => [file.split("/").slice(1).join("/"), readFileSync(path.join(into, file), "utf8")]),
  );
}

function secrets(): string[] {
  return [...Object.values(planted), server.adminToken, keyLine, "PRIVATE KEY"];
}

describe("a bundle of a host", () => {
  let contents = new Map<string, string>();
  let said = "";
  beforeAll(async () => {
    said = await bundleOnHost(server.url ?? "", "all.tar.gz");
    contents = unpack(path.join(folder, "all.tar.gz"));
  });

  test("has what somebody who helps must know, and names what it lacks", () => {
    expect([...contents.keys()]).toEqual(
      expect.arrayContaining([
        "README.txt",
        "server/version.json",
        "server/status.json",
        "server/problems.json",
        "server/history.json",
        "server/document-2.yaml",
        "server/document-1.yaml",
        "server/events.json",
        "server/doctor.json",
        "host/pacemaker.txt",
        "host/routing.txt",
        "host/guard.log",
      ]),
    );
    expect(contents.get("host/routing.txt")).toContain("show ip ospf neighbor");
    expect(contents.get("server/document-2.yaml")).toContain("keyFile: /etc/rackway/ospf.key");
    expect(contents.get("README.txt")).toMatch(/Not in it:\n {2}host\/status\.json: /);
    expect(said).toContain("left out: host/doctor.json");
    for (const [name, text] of contents) if (name.endsWith(".json")) expect(() => JSON.parse(text) as unknown, name).not.toThrow();
  });

  test("has no secret, wherever one was planted; all of them were within reach", () => {
    const all = [...contents.values()].join("\n");
    expect(secrets().filter((secret) => secret.length < 8 || all.includes(secret))).toEqual([]);
    // Negative control: they were in what was asked.
    expect(all).toContain("with [secret], BMC password=[secret]");
    expect(all).toContain("https://bob:[secret]@bmc.example/");
    expect(all).toContain("authentication-key [secret]");
    expect(all).toContain("and by mistake [secret] [secret]\n");
    expect(contents.get("host/fencing.log")).toContain("--password=[secret]");
  });

  test("is its owner's alone, and is written over nothing", async () => {
    expect(statSync(path.join(folder, "all.tar.gz")).mode & 0o777).toBe(0o600);
    await expect(bundleOnHost(server.url ?? "", "all.tar.gz")).rejects.toThrow("is there already");
  });
});

test("with the server dead a host tells of itself, and says that the server did not", async () => {
  const said = await bundleOnHost("http://127.0.0.1:1", "dead.tar.gz");
  expect(said).toContain("left out: server/: ");
  const contents = unpack(path.join(folder, "dead.tar.gz"));
  expect([...contents.keys()].filter((name) => name.startsWith("server/"))).toEqual([]);
  expect(contents.get("host/pacemaker.txt")).not.toContain(planted.bgpPassword);
});

test("elsewhere it asks the server alone, and fails where that does not answer", async () => {
  const env = { RACKWAY_AGENT_SOCKET: path.join(folder, "none.sock") };
  const flags = ["--token-file", path.join(folder, "token"), "--to", path.join(folder, "there.tar.gz")];
  const good = await run(["support-bundle", "--server", server.url ?? "", ...flags], { env });
  expect(good).toMatchObject({ code: 0 });
  expect(good.err).toContain("left out: host/: this machine has no agent");
  const dead = await run(["support-bundle", "--server", "http://127.0.0.1:1", ...flags], { env });
  expect(dead.code).toBe(1);
  expect(dead.err).toContain("cannot be reached");
});

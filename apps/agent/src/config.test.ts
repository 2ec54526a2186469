import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { RackwayError } from "@rackway/errors";
import { expect, test } from "vitest";

import { parseAgentConfig, readCertificateAuthority } from "./config.ts";

const file = "/etc/rackway/agent.yaml";

test("server and host are enough; the token has its place", () => {
  expect(parseAgentConfig(file, "server: unix:///run/rackway-server/server.sock\nhost: ctl-a1\n")).toEqual({
    server: "unix:///run/rackway-server/server.sock",
    host: "ctl-a1",
    tokenFile: "/etc/rackway/token",
  });
});

test.each([
  ["", "the whole file"],
  ["host: ctl-a1", "server"],
  ["server: http://s\nhost: [a]", "host"],
  ["server: http://s\nhost: a\ntoken: secret", "token"],
  ["server: ftp://s\nhost: a", "server"],
  ["server: {", "agent.yaml"],
  ["a: &a [x]\nb: *a", "agent.yaml"],
])("%j is refused in words that name file and field", (text, word) => {
  const refused = (): unknown => parseAgentConfig(file, text);
  expect(refused).toThrow(RackwayError);
  expect(refused).toThrow(word);
  expect(refused).toThrow(file);
});

test("an authority that is named and cannot be read does not become the system's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rackway-agent-"));
  const pem = join(folder, "ca.pem");
  const config = (more: string) => parseAgentConfig(file, `server: https://s\nhost: a\n${more}`);
  try {
    expect(await readCertificateAuthority(config(""))).toBeUndefined();
    const named = config(`certificateAuthorityFile: ${pem}`);
    await expect(readCertificateAuthority(named)).rejects.toThrow(pem);
    await writeFile(pem, "\n");
    await expect(readCertificateAuthority(named)).rejects.toThrow("holds no certificate");
    const text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    await writeFile(pem, text);
    expect(await readCertificateAuthority(named)).toBe(text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

import { RackwayError } from "@rackway/errors";
import { expect, test } from "vitest";

import { parseAgentConfig } from "./config.ts";

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

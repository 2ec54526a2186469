import { expect, test } from "vitest";

import { observeFlows, parseFlows } from "./observe-flows.ts";

const text = `ESTAB      0      0             10.77.0.1:8080       198.51.100.9:40112
ESTAB      0      0    [::ffff:10.77.0.1]:8080  [::ffff:10.10.1.21]:51000
CLOSE-WAIT 1      0         [fd00:77::1]:8080      [fd00:10:1::21]:51002
ESTAB      0      0             10.77.0.2:8080          10.77.0.2:33000
ESTAB      0      0             10.77.0.2:33000         10.77.0.2:8080
ESTAB      0      0    [fe80::2%rw-vip]:179     [fe80::1%rw-vip]:40000
`;

test("connections are counted by local address, whatever family their socket is of; those within the namespace are not", () => {
  expect([...parseFlows(text)]).toEqual([
    ["10.77.0.1", 2],
    ["fd00:77::1", 1],
    ["fe80::2", 1],
  ]);
  // With one state asked for, ss leaves its column out.
  expect(parseFlows("0 0 10.77.0.1:80 10.1.1.1:5\n").get("10.77.0.1")).toBe(1);
});

test("a namespace that is gone has none; of one that was not looked at nothing is known", async () => {
  const answer = (code: number, stderr: string) => () => Promise.resolve({ code, stdout: "", stderr });
  expect(await observeFlows(answer(255, 'Cannot open network namespace "rw-web": No such file or directory'), "rw-web")).toEqual(new Map());
  expect(await observeFlows(answer(124, "ss: no end after 5000 ms"), "rw-web")).toBeNull();
});

import type { HostState } from "@rackway/schema";
import { expect, it } from "vitest";

import { SilentUpstreams } from "./silent-upstreams.ts";

const [silent, answering] = ["^,?,198.51.100.123,0,5,0,4294967295,0,0,0\n", "^,*,198.51.100.123,2,4,17,3,0,0,0\n"];
const router = { name: "vr-a", controllers: ["ctl-a1"], dns: null, ntp: { upstreams: [{ server: "198.51.100.123", nts: true }] } };
const state = (host: string) => ({ host: { name: host }, pacemaker: { routers: [router], services: [] } }) as unknown as HostState;
const at = (seconds: number) => new Date(seconds * 1000);

it("upstreams are silent after 15 s of silence, and no longer than they are; where the router is not, nobody is asked", async () => {
  let said = silent;
  const asked: string[] = [];
  const upstreams = new SilentUpstreams((argv) => {
    asked.push(argv.join(" "));
    return Promise.resolve({ code: 0, stdout: said, stderr: "" });
  });
  const seen: string[][] = [];
  for (const [seconds, word] of [
    [0, silent],
    [10, silent],
    [20, silent],
    [30, answering],
    [40, silent],
  ] as const) {
    said = word;
    await upstreams.look(state("ctl-a1"), at(seconds));
    seen.push(upstreams.problems.map(({ code, message }) => `${code}: ${message}`));
  }
  const problem = "time-servers-silent: no upstream of the time service of virtual router vr-a answers: 198.51.100.123";
  expect(seen).toEqual([[], [], [problem], [], []]);
  expect(asked[0]).toBe("chronyc -c -n -h /run/rackway/rw-vr-a-ntp/chrony/control sources -a");
  asked.length = 0;
  await upstreams.look(state("ctl-a9"), at(50));
  expect(asked).toEqual([]);
});

import { expect, it } from "vitest";

import { observeNtp } from "./observe-ntp.ts";

const router = { name: "vr-a", ntp: {} as never };
const tracking = (words: string) => () => Promise.resolve({ code: 0, stdout: `${words}\n`, stderr: "" });

it.each([
  ["C6336472,198.51.100.123,3,1795947317.2,3.041000128,-2.9,2.9,0.755,0.000,103.191,0.00001,0.00016,0.0,Normal", true, 3041],
  ["7F7F0101,,10,1795947309.9,0.000000000,0.0,0.0,0.000,0.000,0.000,0.0,0.0,0.0,Normal", true, 0],
  ["00000000,,0,0.0,-0.000250000,0.0,0.0,0.000,0.000,0.000,1.0,1.0,0.0,Not synchronised", false, -0.25],
])("%s", async (words, healthy, offsetMs) => {
  expect(await observeNtp(tracking(words), router)).toEqual({ healthy, offsetMs });
});

it("one that does not answer is not healthy, and where there is none there is nothing to say", async () => {
  const silent = () => Promise.resolve({ code: 1, stdout: "506 Cannot talk to daemon\n", stderr: "" });
  expect(await observeNtp(silent, router)).toEqual({ healthy: false, offsetMs: 0 });
  expect(await observeNtp(silent, { ...router, ntp: null })).toBeNull();
});

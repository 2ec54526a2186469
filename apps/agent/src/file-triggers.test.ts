import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test } from "vitest";

import { FileTriggers } from "./file-triggers.ts";

test("a file that is renamed over is told of, a neighbour is not, and a folder that is absent is no failure", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rackway-watch-"));
  const path = join(folder, "resolv.conf");
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  let count = 0;
  const triggers = new FileTriggers([path, join(folder, "absent/file")], () => {
    count += 1;
    tell();
  });
  triggers.start();
  await writeFile(join(folder, "neighbour"), "x");
  await writeFile(join(folder, "resolv.conf.new"), "x");
  expect(count).toBe(0);
  await rename(join(folder, "resolv.conf.new"), path);
  await told;
  triggers.stop();
  await rm(folder, { recursive: true });
});

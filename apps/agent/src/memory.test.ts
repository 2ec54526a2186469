import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createOriginalsFile } from "./originals-file.ts";
import { createStateStore } from "./state-store.ts";
import { hostState } from "./testing.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rackway-agent-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the last good state", () => {
  test("comes back as it was kept, and is nobody else's to read", async () => {
    const file = join(folder, "deep/state.json");
    await createStateStore(file).save({ etag: '"1"', state: hostState() });
    expect(await createStateStore(file).load()).toEqual({ etag: '"1"', state: hostState() });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, "deep"))).toEqual(["state.json"]);
  });

  test.each(["", "{", "{}", JSON.stringify({ etag: "x", state: { ...hostState(), schema: 2 } })])(
    "that is not whole (%j) is none",
    async (text) => {
      const file = join(folder, "state.json");
      writeFileSync(file, text);
      expect(await createStateStore(file).load()).toBeNull();
    },
  );

  test("is none where there is no file", async () => {
    expect(await createStateStore(join(folder, "absent")).load()).toBeNull();
  });
});

describe("the memory of what was there before", () => {
  test("outlives the agent, and goes when there is nothing left to remember", async () => {
    const file = join(folder, "originals.json");
    const originals = await createOriginalsFile(file).load();
    await createOriginalsFile(file).save({ ...originals, sysctls: { "net.ipv4.ip_forward": "0" } });
    const again = createOriginalsFile(file);
    expect((await again.load()).sysctls).toEqual({ "net.ipv4.ip_forward": "0" });
    await again.save({ ...originals, sysctls: {} });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of another boot keeps files only: the rest is the operating system's again", async () => {
    const file = join(folder, "originals.json");
    const originals = {
      ...(await createOriginalsFile(file).load()),
      sysctls: { a: "0" },
      files: { "/etc/x": { mode: 0o644, content: "" } },
    };
    writeFileSync(file, JSON.stringify({ ...originals, world: "another boot" }));
    const loaded = await createOriginalsFile(file).load();
    expect(loaded.sysctls).toEqual({});
    expect(Object.keys(loaded.files)).toEqual(["/etc/x"]);
  });

  test("that cannot be understood stops everything: nothing could be undone", async () => {
    const file = join(folder, "originals.json");
    writeFileSync(file, "{");
    await expect(createOriginalsFile(file).load()).rejects.toThrow(/originals.json cannot be understood/);
    expect(readFileSync(file, "utf8")).toBe("{");
  });
});

import { readFileSync, readdirSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { CommandRunner } from "@rackway/linux";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { NssStore } from "./nss-store.ts";

let folder: string;
let store: string;
let argvs: string[];
/** Content and modes (of the file, of its folder) of what openssl is given. */
let given: [string, number, number] | null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nss-store-"));
  store = join(folder, "qdevice/net/nssdb");
  [argvs, given] = [[], null];
});
afterEach(() => rm(folder, { recursive: true }));

const runner =
  (failing: string | null = null): CommandRunner =>
  async (argv) => {
    argvs.push(argv.join(" ").replaceAll(folder, ""));
    const input = argv[argv.indexOf("-in") + 1] ?? "";
    if (argv[0] === "openssl") given = [readFileSync(input, "utf8"), modeOf(input), modeOf(join(input, ".."))];
    return { code: argv[0] === failing ? 1 : 0, stdout: "", stderr: `${argv[0]} says so` };
  };
const modeOf = (path: string): number => statSync(path).mode & 0o777;

// What the tools make of it is held by tests/lab/two-controllers.lab.test.ts.
describe("a database of certificates", () => {
  test("is made by the tools, from files that only root reads, and that are gone then", async () => {
    const nss = new NssStore(runner(), store, "Cluster Cert");
    await nss.write(Buffer.from("a key and two certificates"), "5ha");
    expect(given).toEqual(["a key and two certificates", 0o600, 0o700]);
    const made = "/qdevice/net/nssdb.rackway-new";
    expect(argvs).toEqual([
      `certutil -N -d sql:${made} --empty-password`,
      `openssl pkcs12 -export -in ${made}/credential.pem -name Cluster Cert -caname QNet CA -passout pass: -out ${made}/credential.p12`,
      `pk12util -i ${made}/credential.p12 -d sql:${made} -W `,
      `certutil -M -d sql:${made} -n QNet CA -t CT,c,c`,
    ]);
    expect(readdirSync(store)).toEqual(["rackway-certificate"]);
    expect(await readFile(join(store, "rackway-certificate"), "utf8")).toBe("5ha\n");
    expect(await nss.observe()).toEqual({ kind: "ours", sha256: "5ha" });
  });

  test.each(["openssl", "pk12util"])("is not made, and no key lies about, where %s fails", async (tool) => {
    const nss = new NssStore(runner(tool), store, "Cluster Cert");
    await expect(nss.write(Buffer.from("a key"), "5ha")).rejects.toThrow(`${tool} says so`);
    expect(readdirSync(`${store}.rackway-new`)).toEqual([]);
    expect(await nss.observe()).toEqual({ kind: "absent" });
  });
});

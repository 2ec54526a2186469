import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** ocf:rackway:vips with tools that write down what they are asked. Its folder under /run cannot be made: where that has to be lies a file. */
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-vips-"));
  await mkdir(join(folder, "bin"));
  const ocf = join(import.meta.dirname, "../ocf");
  const staged = async (name: string): Promise<string> =>
    (await readFile(join(ocf, name), "utf8"))
      .replace(/^PATH=.*$/m, `PATH=${folder}/bin:/usr/bin:/bin`)
      .replaceAll("/run/rackway", `${folder}/run/rackway`);
  await program("vips", await staged("vips"));
  await program(".rackway-lib.sh", await staged(".rackway-lib.sh"));
  await program("nsenter", '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n');
  // `-` is standard input to nft and ip; to cat it is, too.
  await program("nft", `#!/bin/sh\n[ "$1" = -f ] && cat "$2" >>${folder}/asked\nexit 0\n`);
  // Addresses are there until they are deleted.
  const shown = '[{"addr_info":[{"local":"203.0.113.2","prefixlen":25}]}]';
  const ip = `#!/bin/sh\ncase "$*" in *-batch*) for last; do :; done; cat "$last" >>${folder}/asked ;; *) grep -q 'address del' ${folder}/asked 2>/dev/null || echo '${shown}' ;; esac\n`;
  await program("ip", ip);
  await writeFile(join(folder, "run"), "");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, "bin", name), text);
  await chmod(join(folder, "bin", name), 0o755);
}

function act(action: string): Promise<{ code: number; stderr: string }> {
  const env = {
    OCF_RESOURCE_INSTANCE: "rw-vr-a-vips",
    OCF_RESKEY_netns: "rw-vr-a",
    OCF_RESKEY_addresses: "public 203.0.113.2/25",
    OCF_RESKEY_routes: "4 203.0.113.1 public 203.0.113.2",
  };
  return new Promise((resolve) => {
    execFile(join(folder, "bin/vips"), [action], { env }, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}

test("a stop gives up everything where nothing can be written: a stop that fails has the host fenced", async () => {
  expect(await act("stop")).toMatchObject({ code: 0 });
  const asked = await readFile(join(folder, "asked"), "utf8");
  const steps = ["table inet rackway-gate", "table arp rackway-mute", "route del default via 203.0.113.1", "address del 203.0.113.2/25"];
  expect(steps.map((step) => asked.indexOf(step)).every((at, index, all) => at >= 0 && (index === 0 || at > (all[index - 1] ?? 0)))).toBe(
    true,
  );
});

test("a start fails there, before it has touched anything", async () => {
  expect(await act("start")).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot make") as string });
  await expect(readFile(join(folder, "asked"), "utf8")).rejects.toThrow("ENOENT");
});

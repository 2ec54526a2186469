import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** ocf:rackway:dns, ntp and haproxy with stand-ins for their daemons, which keep in `loaded` what they run with. */
let folder = "";

/** Where profiles are loaded, a daemon may read its files only when the words of `aa-exec` were right before it: they are for one program. */
const confined = (name: string): string =>
  `#!/bin/sh\n[ ! -e FOLDER/profiles ] || [ "$LABEL" = ${name} ] || { echo "Fatal error : Permission denied"; exit 1; }\nulimit -S -f unlimited\n`;
const live = "echo $$ >FOLDER/up; while :; do sleep 0.05; done";
const isUp = '[ "$(cat FOLDER/up)" = "$(cat FOLDER/run/rackway/rw/pid)" ] && kill -0 "$(cat FOLDER/up)"';

const tools: Readonly<Record<string, string>> = {
  nsenter: '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n',
  unshare: '#!/bin/sh\nshift\nexec "$@"\n',
  install: '#!/bin/sh\nfor last; do :; done\nmkdir -p "$last"\n',
  ip: "#!/bin/sh\necho ' fd00::1/64 '\n",
  mount: "#!/bin/sh\n",
  "aa-exec": '#!/bin/sh\necho "$*" >>FOLDER/asked\nshift 3\nLABEL=$1 exec "$@"\n',
  unbound: `${confined("unbound")}cp "$4" FOLDER/loaded\n${live}\n`,
  "unbound-checkconf": '#!/bin/sh\n! grep -n nonsense "$1" || { echo "error: nonsense"; exit 1; }\n',
  "unbound-control": '#!/bin/sh\nulimit -S -f unlimited\necho ok\ncp "$2" FOLDER/loaded\n',
  dig: `#!/bin/sh\n${isUp} && echo alive\n`,
  chronyd: `${confined("chronyd")}case $1 in -p) ! grep nonsense "$3" ;; -n) cp FOLDER/run/rackway/rw/sources/rackway.sources FOLDER/loaded; ${live} ;; esac\n`,
  chronyc: `#!/bin/sh\nulimit -S -f unlimited\ncase "$*" in *reload*) cp FOLDER/run/rackway/rw/sources/rackway.sources FOLDER/loaded ;; esac\n${isUp} && echo Normal\n`,
  haproxy: `#!/bin/sh\nulimit -S -f unlimited\nload() { cp FOLDER/run/rackway/rw/haproxy.cfg FOLDER/loaded; }\ncase $1 in -c) ! grep nonsense "$3" ;; -W) trap load USR2; load; ${live} ;; esac\n`,
  perl: `#!/bin/sh\nfor command; do :; done\n${isUp} || exit 1\ncase $command in *info) grep description: FOLDER/loaded ;; *proc) echo 'master [failed: 0]' ;; *state) echo 1 ;; esac\n`,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-daemons-"));
  for (const name of ["bin", "ocf", "run/rackway", "run/netns"]) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, "run/netns/rw"), "");
  for (const [name, text] of Object.entries(tools)) await program(`bin/${name}`, text.replaceAll("FOLDER", folder));
  for (const name of [".rackway-lib.sh", "dns", "ntp", "haproxy"]) {
    const text = await readFile(join(import.meta.dirname, "../ocf", name), "utf8");
    const staged = text
      .replace(/^PATH=.*$/m, `PATH=${folder}/bin:/usr/bin:/bin`)
      .replaceAll("/sys/kernel/security/apparmor/profiles", `${folder}/profiles`)
      .replaceAll(/\/run\/(rackway|netns)/g, `${folder}/run/$1`);
    await program(`ocf/${name}`, staged);
  }
});

afterEach(async () => {
  for (const name of ["doorman", "pid"]) {
    const pid = (await read(stateFile(name)).catch(() => "none")).trim();
    const words = await read(`/proc/${pid}/cmdline`).catch(() => "");
    if (words.includes(folder)) process.kill(Number(pid), "SIGKILL");
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o755);
}

const stateFile = (name: string): string => join(folder, "run/rackway/rw", name);
const read = (path: string): Promise<string> => readFile(path, "utf8");

type Parameters = Readonly<Record<string, string>>;
const agents: Readonly<Record<"dns" | "ntp" | "haproxy", { parameters: Parameters; change: Parameters; fresh: RegExp }>> = {
  dns: {
    parameters: { config: 'server:;include: "@STATE@/names.conf"', names: "a 10.0.0.1", domain: "example.org", probe: "probe.example.org" },
    change: { config: 'server:;do-ip6: no;include: "@STATE@/names.conf"' },
    fresh: /do-ip6/,
  },
  ntp: {
    parameters: { config: "sourcedir @STATE@/sources;cmdport 0", sources: "server 10.0.0.1" },
    change: { sources: "server 10.0.0.2" },
    fresh: /10\.0\.0\.2/,
  },
  haproxy: {
    parameters: { config: "description: @DIGEST@;stats socket @STATE@/stats.sock", certificates: "api /etc/api.crt /etc/api.key" },
    change: { config: "description: @DIGEST@;stats socket @STATE@/stats.sock;maxconn 7" },
    fresh: /maxconn 7/,
  },
};

interface Outcome {
  readonly code: number;
  readonly stderr: string;
}

/** `full`: no file takes a byte, as in a tmpfs without space, where names are made all the same. The stand-ins write beside it. */
function act(type: keyof typeof agents, action: string, change: Parameters = {}, full = false): Promise<Outcome> {
  const parameters = Object.entries({ netns: "rw", ...agents[type].parameters, ...change });
  const env = { OCF_RESOURCE_INSTANCE: "rw", ...Object.fromEntries(parameters.map(([name, value]) => [`OCF_RESKEY_${name}`, value])) };
  const script = `${full ? "trap '' XFSZ; ulimit -S -f 0; " : ""}exec "$0" "$1"`;
  return new Promise((resolve) => {
    execFile("/bin/sh", ["-c", script, join(folder, "ocf", type), action], { env }, (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}

describe.each(["dns", "ntp", "haproxy"] as const)("%s, where nothing can be written", (type) => {
  const { change, fresh } = agents[type];

  test("goes on with what it has, says so, and takes the change when there is room", async () => {
    expect(await act(type, "start")).toMatchObject({ code: 0 });
    const [pid, loaded] = [await read(stateFile("pid")), await read(join(folder, "loaded"))];
    expect(await act(type, "reload-agent", change, true)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("cannot write to") as string,
    });
    expect([await read(stateFile("pid")), await read(join(folder, "loaded"))]).toEqual([pid, loaded]);
    expect(await act(type, "monitor", change, true)).toMatchObject({
      code: 190,
      stderr: expect.stringMatching(/former configuration: cannot write to/) as string,
    });
    expect((await readdir(stateFile("."))).filter((name) => /new|former|servers/.test(name))).toEqual([]);

    expect(await act(type, "reload-agent", change)).toMatchObject({ code: 0 });
    expect(await act(type, "monitor", change)).toMatchObject({ code: 0 });
    expect([await read(stateFile("pid")), await read(join(folder, "loaded"))]).toEqual([pid, expect.stringMatching(fresh)]);
  });

  test("does not start", async () => {
    expect(await act(type, "start", {}, true)).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot write to") as string });
  });
});

test("a change that takes another unbound ends the one that runs only when everything is written", async () => {
  expect(await act("dns", "start")).toMatchObject({ code: 0 });
  const pid = await read(stateFile("pid"));
  const other = { config: 'server:;interface: 10.0.0.9;include: "@STATE@/names.conf"' };
  expect(await act("dns", "reload-agent", other, true)).toMatchObject({ code: 0 });
  expect(await read(stateFile("pid"))).toBe(pid);
  expect(await act("dns", "reload-agent", other)).toMatchObject({ code: 0 });
  expect(await read(stateFile("pid"))).not.toBe(pid);
  expect(await read(join(folder, "loaded"))).toContain("10.0.0.9");
});

test("HAProxy keeps its links where not all of the new ones can be made", async () => {
  expect(await act("haproxy", "start")).toMatchObject({ code: 0 });
  // The second of a name is one that cannot be made.
  const twice = { certificates: "web /etc/web.crt /etc/web.key;web /etc/web.crt /etc/web.key" };
  expect(await act("haproxy", "reload-agent", twice)).toMatchObject({ code: 0 });
  expect(await readdir(stateFile("tls"))).toEqual(["api.crt", "api.crt.key"]);
  expect(await act("haproxy", "monitor", twice)).toMatchObject({ code: 190 });
});

test.each([
  ["dns", ["unbound -d"]],
  ["ntp", ["chronyd -p", "chronyd -n", "chronyd -Q"]],
] as const)("AppArmor's word on %s is changed right before each of its daemons", async (type, daemons) => {
  await writeFile(join(folder, "profiles"), "unbound (enforce)\n/usr/sbin/chronyd (enforce)\n");
  expect(await act(type, "start")).toMatchObject({ code: 0 });
  expect(await act(type, "monitor")).toMatchObject({ code: 0 });
  const asked = (await read(join(folder, "asked"))).trim().split("\n");
  expect(asked.map((line) => line.split(" ").slice(0, 5).join(" "))).toEqual(daemons.map((daemon) => `-p unconfined -- ${daemon}`));
});

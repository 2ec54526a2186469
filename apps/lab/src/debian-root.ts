import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "./command.ts";
import { LabError } from "./lab-error.ts";
import { withLock } from "./lock.ts";
import { ensureTools, type Progress } from "./machine-tools.ts";

/**
 * The Debian root that every lab host is an overlay of: made once with mmdebstrap(1), cached by the hash of its recipe, never changed
 * afterwards. The machine's own packages stay as they are, except for mmdebstrap itself, which apt-get installs when it is absent.
 */

const suite = "bookworm";

const packages = [
  // the cluster and the network
  ...["corosync", "corosync-qdevice", "corosync-qnetd", "pacemaker", "pacemaker-cli-utils", "resource-agents", "libxml2-utils"],
  ...["frr", "frr-pythontools", "bird2", "keepalived", "radvd"],
  ...["iproute2", "nftables", "iptables", "conntrack", "conntrackd", "ethtool", "openvswitch-switch", "kmod"],
  // the services behind and beside the routers
  ...["unbound", "chrony", "haproxy", "nsd", "ldnsutils", "nginx-light"],
  // an init system for containers
  ...["tini", "runit", "socklog", "netbase", "procps", "psmisc", "libsystemd-shared"],
  // probes
  ...["curl", "ca-certificates", "openssl", "socat", "netcat-openbsd", "dnsutils", "tcpdump", "iperf3", "stress-ng", "strace"],
  ...["fping", "iputils-ping", "iputils-arping", "iputils-tracepath", "ndisc6", "jq", "less", "python3-minimal"],
];

/**
 * systemd's own resolver and clock, for members that have these: they run without systemd, and are laid beside a chrony that their package would displace.
 */
const laidBeside = `cd /tmp
apt-get download -qq -o APT::Sandbox::User=root systemd systemd-resolved systemd-timesyncd
unpack() { dpkg-deb --fsys-tarfile "$1"_*.deb | tar -x -C / --keep-directory-symlink --wildcards $2 $3 $4 $5; }
unpack systemd ./usr/bin/timedatectl ./lib/systemd/resolv.conf
unpack systemd-resolved ./lib/systemd/systemd-resolved ./usr/bin/resolvectl ./etc/systemd/* ./usr/share/dbus-1/system.d/*
unpack systemd-timesyncd ./lib/systemd/systemd-timesyncd ./etc/systemd/* ./usr/share/dbus-1/system.d/*
rm systemd*.deb
useradd -r -s /usr/sbin/nologin systemd-resolve
useradd -r -s /usr/sbin/nologin systemd-timesync`;

/** Run in the new root: no service comes up by itself, and the internet host has its downloads. */
const customize = `set -e
${laidBeside}
rm -f /etc/runit/runsvdir/default/*
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
mkdir -p /usr/lib/rackway /usr/lib/rackway-lab /srv/rackway-lab
ln -s /usr/lib/rackway/ocf /usr/lib/ocf/resource.d/rackway
chown hacluster:haclient /var/lib/pacemaker /var/lib/pacemaker/*
: >/etc/resolv.conf
cd /srv/rackway-lab
head -c 67108864 /dev/urandom >random-64m.bin
head -c 1048576 random-64m.bin >random-1m.bin
for file in *.bin; do sha256sum "$file" >"$file.sha256"; done`;

export function cacheDirectory(): string {
  return process.env["RACKWAY_LAB_DIR"] ?? "/var/lib/rackway-lab";
}

/** Where the root of this recipe is, or will be. */
export function rootDirectory(): string {
  const recipe = JSON.stringify([suite, process.arch, packages, customize]);
  return join(cacheDirectory(), `root-${createHash("sha256").update(recipe).digest("hex").slice(0, 12)}`);
}

/**
 * The path of the root, built when it is not cached (half a minute; needs Debian's archive). Once cached, nothing needs a network.
 * @throws {LabError} `root-build-failed`
 */
export async function ensureRoot(onProgress: Progress = () => undefined): Promise<string> {
  const root = rootDirectory();
  if (existsSync(root)) return root;
  mkdirSync(cacheDirectory(), { recursive: true });
  const onWait = (): void => onProgress("another lab is making the Debian root: waiting for it");
  await withLock(
    join(cacheDirectory(), "lock"),
    async () => {
      if (existsSync(root)) return;
      for (const left of readdirSync(cacheDirectory())) {
        // Only what is ours: RACKWAY_LAB_DIR may be a folder with other things in it.
        if (/^root-[0-9a-f]{12}\.partial$/.test(left)) rmSync(join(cacheDirectory(), left), { recursive: true, force: true });
      }
      await ensureTools({ mmdebstrap: "mmdebstrap" }, onProgress);
      await buildRoot(`${root}.partial`, onProgress);
      await mustRun(["sync", "-f", `${root}.partial`], { timeoutMs: 600_000 });
      renameSync(`${root}.partial`, root);
    },
    onWait,
  );
  return root;
}

async function buildRoot(target: string, onProgress: Progress): Promise<void> {
  onProgress(`making the lab's Debian root (${packages.length} packages and what they need, about 45 s, once)`);
  const argv = [
    "--mode=root",
    "--variant=minbase",
    "--format=directory",
    `--include=${packages.join(",")}`,
    '--aptopt=APT::Install-Recommends "false"',
    // No fsync for each file: a build that is cut short is thrown away, and the whole is synchronised before it gets its name.
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    `--customize-hook=chroot "$1" sh -c '${customize.replaceAll("'", `'\\''`)}'`,
    suite,
    target,
  ];
  const lines: string[] = [];
  const { code } = await runBuild(argv, (line) => {
    lines.push(line);
    if (line.startsWith("I: ")) onProgress(`Debian root: ${line.slice(3)}`);
  });
  if (code === 0) return;
  rmSync(target, { recursive: true, force: true });
  const hint = "it needs Debian's archive (deb.debian.org) this one time";
  throw new LabError("root-build-failed", `mmdebstrap exited with ${code}:\n${lines.slice(-8).join("\n")}`, hint);
}

/** In a mount namespace of its own, so that an interrupted build leaves no mount; it ends with this process. */
function runBuild(argv: string[], onLine: (line: string) => void): Promise<{ code: number }> {
  return new Promise((resolve, reject) => {
    const wrapped = ["--mount", "--fork", "--kill-child", "--propagation", "private", "--", "mmdebstrap", ...argv];
    const child = spawn("setpriv", ["--pdeathsig", "TERM", "unshare", ...wrapped], { stdio: ["ignore", "ignore", "pipe"] });
    let pending = "";
    child.stderr.on("data", (chunk: Buffer) => {
      const parts = (pending + chunk.toString()).split(/[\r\n]+/);
      pending = parts.pop() ?? "";
      parts.forEach(onLine);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 137 }));
  });
}

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = path.join(root, "node_modules/.cache/rackway");
const kept = path.join(folder, "promtool");

interface Ended {
  readonly code: number;
  readonly stdout: Buffer;
  readonly words: string;
}

function run(argv: readonly string[], cwd: string): Ended {
  const [command = "", ...rest] = argv;
  const { status, stdout, stderr, error } = spawnSync(command, rest, { cwd, maxBuffer: 256 * 1024 * 1024 });
  if (error !== undefined) return { code: 127, stdout: Buffer.alloc(0), words: error.message };
  return { code: status ?? 1, stdout, words: `${stdout.subarray(0, 4000).toString()}${stderr.toString()}` };
}

function mustRun(argv: readonly string[], cwd: string): Buffer {
  const { code, stdout, words } = run(argv, cwd);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${words}`);
  return stdout;
}

/**
 * The machine's promtool(1), or the one of Debian's package `prometheus`, which is taken out of it: the package is not installed, so no
 * Prometheus is started. Kept beside the npm packages; only the first time needs Debian's archive.
 */
export function ensurePromtool(): string {
  if (run(["promtool", "--version"], root).code === 0) return "promtool";
  if (existsSync(kept)) return kept;
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(path.join(folder, "promtool-"));
  try {
    const download = ["apt-get", "-q", "download", "prometheus"];
    if (run(download, work).code !== 0) {
      mustRun(["apt-get", "-q", "update"], work);
      mustRun(download, work);
    }
    const [archive = ""] = globSync("*.deb", { cwd: work });
    writeFileSync(path.join(work, "data.tar"), mustRun(["dpkg-deb", "--fsys-tarfile", archive], work));
    mustRun(["tar", "-xf", "data.tar", "./usr/bin/promtool"], work);
    chmodSync(path.join(work, "usr/bin/promtool"), 0o755);
    // Of two tests that are first at once, both bring the same.
    renameSync(path.join(work, "usr/bin/promtool"), kept);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return kept;
}

/** Throws with promtool's own words. `input` is written to its standard input. */
export function promtool(program: string, argv: readonly string[], cwd: string, input = ""): void {
  // Each of its tests has a database of its own, which would wait for the disk half a second.
  const env = { ...process.env, ...(existsSync("/dev/shm") ? { TMPDIR: "/dev/shm" } : {}) };
  const { status, stdout, stderr, error } = spawnSync(program, argv, { cwd, input, env, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`promtool ${argv.join(" ")}:\n${stdout}${stderr}`);
}

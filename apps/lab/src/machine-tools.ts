import { mustRun, runCommand } from "./command.ts";

export type Progress = (text: string) => void;

/** Commands of the machine that runs labs or their tests, and the Debian package of each: apt-get(8) installs those that are absent. */
export async function ensureTools(packageOf: Readonly<Record<string, string>>, onProgress: Progress = () => undefined): Promise<void> {
  const look = 'for tool; do command -v "$tool" >/dev/null || echo "$tool"; done';
  const { stdout } = await runCommand(["sh", "-c", look, "sh", ...Object.keys(packageOf)]);
  const absent = stdout
    .split("\n")
    .filter(Boolean)
    .map((tool) => packageOf[tool] ?? tool);
  if (absent.length === 0) return;
  onProgress(`installing ${absent.join(", ")}`);
  const timeoutMs = 600_000;
  // Two installations at once: the second waits for the first's lock.
  const apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300"];
  const install = [...apt, "--no-install-recommends", "install", ...absent];
  if ((await runCommand(install, { timeoutMs })).code === 0) return;
  await mustRun([...apt, "update"], { timeoutMs });
  await mustRun(install, { timeoutMs });
}

import { readFileSync, writeFileSync } from "node:fs";

/**
 * Sets a sysctl of this program's network namespace (`/proc/sys/net` shows the reader's own) and puts it back when the program ends, so
 * that a probe leaves the host as it was.
 */
export function setWhileRunning(name: string, value: string): void {
  const file = `/proc/sys/${name.replaceAll(".", "/")}`;
  const before = readFileSync(file, "utf8");
  writeFileSync(file, value);
  process.on("exit", () => writeFileSync(file, before));
}

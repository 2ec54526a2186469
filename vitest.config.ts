import { defineConfig } from "vitest/config";

/** Two projects from one tree: `unit` is fast and needs no root; `lab` builds racks in namespaces two files at a time:
 * a lab's hosts wait more than they work. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          // A busy machine is no reason to fail: the bound is there for what hangs.
          testTimeout: 30_000,
          include: [
            "packages/*/*/src/**/*.test.ts",
            "apps/*/src/**/*.test.ts",
            "tests/unit/**/*.test.ts",
            "tests/harness/**/*.test.ts",
            "bench/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "**/*.lab.test.ts"],
        },
      },
      {
        test: {
          name: "lab",
          include: ["tests/lab/**/*.lab.test.ts", "tests/harness/**/*.lab.test.ts"],
          exclude: ["**/node_modules/**"],
          globalSetup: ["tests/harness/machine-tools.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});

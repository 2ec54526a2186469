import { defineConfig } from "vitest/config";

/**
 * Three projects from one tree: `unit` is fast and needs no root; `lab` builds racks in namespaces and runs one file at a time; `lab-long` is
 * what takes too long for every change (`npm test -- --long`).
 */
const long = ["tests/lab/agent.lab.test.ts"];

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
          exclude: ["**/node_modules/**", ...long],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      { test: { name: "lab-long", include: long, fileParallelism: false, testTimeout: 600_000, hookTimeout: 300_000 } },
    ],
  },
});

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Lab files that take minutes, longest first: begun last, one of them would run alone for as long as it takes. */
const longest = ["drift", "outage", "two-controllers", "router", "service-agents", "document"];

/** Lab files whose labs have two racks: on two processors two of them at once take longer than one after the other, and miss every bound. */
const wide = ["anycast", "roaming", "partition", "examples"].map((name) => `tests/lab/${name}.lab.test.ts`);
const lab = { globalSetup: ["tests/harness/machine-tools.ts"], testTimeout: 120_000, hookTimeout: 300_000 };

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.endsWith(`/${name}.lab.test.ts`));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

/** Projects from one tree: `unit` is fast and needs no root; `lab` builds racks in namespaces, two files at a time, for a lab's hosts wait more
 * than they work; then `lab-wide`, one at a time. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          globalSetup: ["tests/harness/unit-tools.ts", "tests/harness/database-servers.ts"],
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
          exclude: ["**/node_modules/**", ...wide],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...lab,
        },
      },
      {
        test: {
          name: "lab-wide",
          include: wide,
          exclude: ["**/node_modules/**"],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          ...lab,
        },
      },
    ],
  },
});

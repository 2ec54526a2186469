import { expect, test } from "vitest";
import { LabFiles } from "./lab-files.ts";
import { Lab } from "./lab.ts";
import { labProgram } from "./program.ts";

const notNames = ["", ".", "..", "../..", "a/../../home", "/etc", "a b", "A", "-x", "a".repeat(21)];

test.each(notNames)("%j is no lab's name, so no path that could be removed is made of it", (name) => {
  expect(() => new LabFiles(name)).toThrow(/is not a name for a lab/);
  expect(() => Lab.open(name)).toThrow(/is not a name for a lab/);
});

test.each(["", "..", "../lock"])("`lab down --name %j` is wrong usage", async (name) => {
  const down = labProgram().parseAsync(["down", "--name", name], { from: "user" });
  await expect(down).rejects.toMatchObject({ code: "usage", exitCode: 2 });
});

test("a lab's folder lies in the folder of labs", () => {
  expect(new LabFiles("drift-a").directory).toBe("/run/rackway-lab/drift-a");
});

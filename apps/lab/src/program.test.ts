import { expect, test } from "vitest";
import { labProgram } from "./program.ts";

test.each(["fail --name no-lab power ctl-a1", "fail power --name no-lab ctl-a1", "fail power ctl-a1 --name no-lab"])(
  "`rackway lab %s` is about the lab that it names",
  async (line) => {
    await expect(labProgram().parseAsync(line.split(" "), { from: "user" })).rejects.toThrow("no-lab");
  },
);

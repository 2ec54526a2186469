import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { issue } from "./issue.ts";
import { fromProblem, toProblem } from "./problem.ts";
import { RackwayError, rackwayError } from "./rackway-error.ts";

describe("problems (RFC 9457)", () => {
  test("carry type, title, status and detail, and our code, hint, retry and issues", () => {
    expect(toProblem(rackwayError("not-found", { kind: "host", name: "ctl-a9" }))).toEqual({
      type: "urn:rackway:error:not-found",
      title: "Not found",
      status: 404,
      detail: 'there is no host "ctl-a9"',
      code: "not-found",
      hint: null,
      retry: "never",
      issues: [],
    });
  });

  test("lose nothing on the way and back", () => {
    const found = issue("field-missing", { field: "rack", where: "", wanted: "a name" }, { path: "spec.hosts[0]" });
    const error = rackwayError("document-refused", { count: 1 }, { issues: [found], cause: new Error("kept back") });
    const wire: unknown = JSON.parse(JSON.stringify(toProblem(error)));
    const back = fromProblem(wire, 422);
    expect(back).toBeInstanceOf(RackwayError);
    expect({ ...toProblem(back) }).toEqual({ ...toProblem(error) });
    expect(back.exitCode).toBe(1);
  });

  test("say nothing of an error that is not ours: its message may hold a secret", () => {
    const problem = toProblem(new Error("token s3cret"));
    expect(problem.code).toBe("internal-error");
    expect(JSON.stringify(problem)).not.toContain("s3cret");
  });

  test("of a newer server, a proxy or nobody still give an error that can be read", () => {
    expect(fromProblem({ code: "from-the-future", detail: "new", issues: [{ message: "m", code: "also-new" }] }, 418)).toMatchObject({
      code: "server-answer-unknown",
      message: "the server answered 418: new",
      issues: [{ code: "server-answer-unknown", message: "m", path: null }],
    });
    fc.assert(fc.property(fc.jsonValue(), (body) => void expect(fromProblem(body, 500)).toBeInstanceOf(RackwayError)));
  });
});

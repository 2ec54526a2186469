/**
 * Errors: one catalogue, three carriers.
 *
 * What it models. Everything that Rackway can tell an operator has a code (a kebab-case id such as `address-invalid`), and every code has
 * one entry in `catalogue.ts`: severity, text, hint, what it means, HTTP status, exit code of the command line, and whether to try again.
 * Texts are templates; the types ask for exactly the parameters that text and hint name, so a message cannot be half filled in.
 *
 * The carriers:
 * - `Issue`: a user's fault, as a *value*. Parsers and validators return lists of them, all at once, each with field path and position.
 * - `RackwayError`: what is thrown where a function has no better answer: an API call that was refused, a broken invariant.
 * - `Problem`: the same on the wire, as RFC 9457 `application/problem+json`; `toProblem` and `fromProblem` lose nothing but stacks.
 *
 * Where it departs: RFC 9457 wants `type` to be a URI that may be looked up. Ours is `urn:rackway:error:CODE`, because an installation is
 * often cut off from the internet; the code is the heading in `docs/reference/errors.md`. A fault that is not ours (a plain `Error`) goes
 * out as `internal-error`, without its message: that might hold a secret.
 *
 * Files: `catalogue.ts`, `catalogue-validation.ts`, `catalogue-host.ts` (the entries), `template.ts` (filling texts in), `field-path.ts`
 * (`spec.hosts[2].name`), `issue.ts`, `rackway-error.ts`, `problem.ts`, `suggestion.ts` ("did you mean"), `excerpt.ts` (quoting input),
 * `reference.ts` (renders docs/reference/errors.md).
 */
export * from "./catalogue.ts";
export * from "./excerpt.ts";
export * from "./field-path.ts";
export * from "./issue.ts";
export * from "./problem.ts";
export * from "./rackway-error.ts";
export * from "./reference.ts";
export * from "./suggestion.ts";
export type { TemplateParameters } from "./template.ts";

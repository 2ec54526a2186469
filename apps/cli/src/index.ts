/**
 * The command line of Rackway.
 *
 * What it models: one run of `rackway`, as a function from an argument list and a terminal (`Io`) to an exit code. Commands are thin: they
 * ask the server (`@rackway/api-client`), turn the answer into words, and wait where the operator wants to see the end. Everything that
 * decides is in the server; the texts are made by pure functions (`plan-text.ts`, `status-text.ts`, `issue-text.ts`, `table.ts`).
 *
 * Conventions: https://clig.dev; colour by https://no-color.org; exit codes 0 done, 1 failed, 2 wrong usage, and `plan --detailed-exitcode`
 * as Terraform has it (2: there is something to do). Answers go to standard output, progress, questions and failures to standard error.
 *
 * Where it departs: with `--detailed-exitcode`, wrong usage is 1, so that 2 has one meaning. A terminal is asked before an `apply`; without
 * one, `apply` goes on at once, as `kubectl` does. Completion scripts are @bomb.sh/tab's, the candidates our own: they are walked from the
 * commands themselves and asked of the server.
 *
 * `rackway lab`, `server` and `agent` are programs of their own; the launcher dispatches to them before this one is started.
 */
export type { Io, TextSink } from "./io.ts";
export { buildProgram } from "./program.ts";
export { renderCliReference } from "./reference.ts";
export { main } from "./run.ts";

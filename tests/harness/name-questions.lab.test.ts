import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NameQuestions } from "./name-questions.ts";
import { Program } from "./program.ts";
import { ThrowAwayNet } from "./throw-away-net.ts";

let net: ThrowAwayNet;
let servers: Program<{ asked: number }>[];
beforeAll(async () => {
  net = await ThrowAwayNet.up("names");
  const addresses = Object.values(net.addresses.right);
  servers = addresses.map((address) =>
    Program.start(net.right, "name-answers-server.ts", { address, port: 53, broken: "broken", maxMs: 60_000 }),
  );
  await Promise.all(servers.map((server) => server.ready()));
});
afterAll(async () => {
  for (const server of servers) server.abandon();
  await net.down();
});

const options = (known: string, timeoutMs = 200) => ({
  servers: Object.values(net.addresses.right),
  perSecond: 200,
  known: [known],
  freshDomain: "example",
  timeoutMs,
  maxMs: 20_000,
});

it("questions are answered at the first attempt on a whole path; a cut makes some need the second, and silence is seen", async () => {
  // A second attempt that is later than a slow machine takes to heal the cut.
  const questions = await NameQuestions.start(net.left, options("www.example", 2500));
  await sleep(300);
  await net.lose("left", 100);
  await sleep(300);
  await net.lose("left", 0);
  await sleep(300);
  const { kinds, silences, refusals } = await questions.stop();
  for (const { asked, answeredAtAttempt, unanswered, wrong } of Object.values(kinds)) {
    expect(answeredAtAttempt[1]).toBeGreaterThan(10);
    expect((answeredAtAttempt[0] ?? 0) + (answeredAtAttempt[1] ?? 0)).toBe(asked);
    expect([unanswered, wrong]).toEqual([0, {}]);
  }
  expect(refusals).toEqual({});
  for (const { lengthMs } of Object.values(silences)) expect(lengthMs).toBeGreaterThan(250);
});

it("a path that stays dead longer than all attempts leaves questions unanswered", async () => {
  const questions = await NameQuestions.start(net.left, options("www.example"));
  await net.lose("left", 100);
  await sleep(800);
  await net.lose("left", 0);
  const { kinds } = await questions.stop();
  expect(kinds.known.unanswered).toBeGreaterThan(10);
  expect(kinds.fresh.unanswered).toBeGreaterThan(10);
});

it("an answer that is none fails its attempt at once, and a wrong one is told", async () => {
  const broken = await NameQuestions.start(net.left, options("broken.example"));
  await sleep(300);
  const { kinds, refusals } = await broken.stop();
  expect(kinds.known.unanswered).toBe(kinds.known.asked);
  expect(refusals["SERVFAIL"]).toBe(2 * kinds.known.asked);
  const unknown = await NameQuestions.start(net.left, options("elsewhere.example"));
  await sleep(300);
  expect((await unknown.stop()).kinds.known.wrong["NXDOMAIN"]).toBeGreaterThan(10);
});

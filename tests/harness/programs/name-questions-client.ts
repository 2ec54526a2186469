import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { epochMs, monotonicMs, roundMs } from "./clock.ts";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { parseAnswer, rcodes, renderQuestion } from "./dns-message.ts";
import { Pacer, type PacerReport } from "./pacer.ts";
import { countSocketDrops } from "./socket-drops.ts";
import { summarise, type Summary } from "./summary.ts";

/** `known`: names that are in every cache. `fresh`: names that nobody has ever asked for, which an upstream must deny. */
export type QuestionKind = "known" | "fresh";

export type NameQuestionsClientParams = {
  /** Questions go to these in turn; one question and its retries to one of them alone. */
  servers: string[];
  port: number;
  perSecond: number;
  known: string[];
  /** Where fresh names are made. */
  freshDomain: string;
  /** resolv.conf(5): how long an attempt waits, and how many there are in all. */
  timeoutMs: number;
  attempts: number;
  maxMs: number;
};

export type KindResult = {
  asked: number;
  /** How many were answered at the first attempt, at the second, … */
  answeredAtAttempt: number[];
  unanswered: number;
  /** Answers that were whole and wrong: `NXDOMAIN` for a known name, say. */
  wrong: Record<string, number>;
  /** From the first attempt to the answer. */
  answerMs: Summary | null;
};

export type NameQuestionsResult = {
  kinds: Record<QuestionKind, KindResult>;
  /** Answers that say that the server could not (SERVFAIL, REFUSED, …): that attempt has failed, and the next begins, as glibc has it. */
  refusals: Record<string, number>;
  /** By server: the longest time without any answer from it, and when that began. */
  silences: Record<string, { lengthMs: number; startedAtMs: number }>;
  sent: PacerReport;
  sendErrors: Record<string, number>;
  socketDrops: number;
};

type Question = {
  kind: QuestionKind;
  server: string;
  message: Buffer;
  attempt: number;
  askedAt: number;
  timer: NodeJS.Timeout | undefined;
};

const params = readParams<NameQuestionsClientParams>();
const socketDrops = countSocketDrops();
const open = new Map<number, Question>();
const newKind = (): KindResult & { tookMs: number[] } => ({
  asked: 0,
  answeredAtAttempt: Array.from({ length: params.attempts }, () => 0),
  unanswered: 0,
  wrong: {},
  answerMs: null,
  tookMs: [],
});
const kinds = { known: newKind(), fresh: newKind() };
const refusals: Record<string, number> = {};
const sendErrors: Record<string, number> = {};
const heard = new Map(params.servers.map((server) => [server, { at: monotonicMs(), lengthMs: 0, startedAtMs: 0 }]));
const sockets = new Map(params.servers.map((server) => [server, openSocket(server)]));
let isEnding = false;

function openSocket(server: string): Socket {
  const socket = createSocket(isIPv6(server) ? "udp6" : "udp4");
  socket.on("message", (bytes) => hear(server, bytes));
  socket.on("error", (error: Error & { code?: string }) => count(sendErrors, error.code ?? error.message));
  return socket;
}

function ask(slot: number): void {
  const server = params.servers[slot % params.servers.length] ?? "";
  const round = Math.floor(slot / params.servers.length);
  const kind = round % 2 === 0 ? "known" : "fresh";
  const name = kind === "known" ? (params.known[(round / 2) % params.known.length] ?? "") : `q${process.pid}-${slot}.${params.freshDomain}`;
  const id = slot & 0xffff;
  const question: Question = { kind, server, message: renderQuestion(id, name), attempt: 0, askedAt: monotonicMs(), timer: undefined };
  kinds[kind].asked++;
  open.set(id, question);
  attempt(id, question);
}

function attempt(id: number, question: Question): void {
  question.timer = setTimeout(() => fail(id, question), params.timeoutMs);
  sockets.get(question.server)?.send(question.message, params.port, question.server, (error: (Error & { code?: string }) | null) => {
    if (error !== null) count(sendErrors, error.code ?? error.message);
  });
}

/** This attempt has brought nothing: the next, or the end. */
function fail(id: number, question: Question): void {
  clearTimeout(question.timer);
  if (++question.attempt < params.attempts) return attempt(id, question);
  kinds[question.kind].unanswered++;
  close(id);
}

function hear(server: string, bytes: Buffer): void {
  const answer = parseAnswer(bytes);
  const question = answer === null ? undefined : open.get(answer.id);
  if (answer === null || question?.server !== server) return;
  endSilence(server);
  const isDone = answer.rcode === 0 || answer.rcode === 3;
  if (!isDone) {
    count(refusals, rcodes[answer.rcode] ?? String(answer.rcode));
    return fail(answer.id, question);
  }
  const kind = kinds[question.kind];
  const isRight = question.kind === "known" ? answer.rcode === 0 && answer.answers > 0 : answer.rcode === 3;
  if (!isRight) count(kind.wrong, answer.rcode === 0 ? `NOERROR with ${answer.answers} records` : "NXDOMAIN");
  kind.answeredAtAttempt[question.attempt] = (kind.answeredAtAttempt[question.attempt] ?? 0) + 1;
  kind.tookMs.push(monotonicMs() - question.askedAt);
  clearTimeout(question.timer);
  close(answer.id);
}

function endSilence(server: string): void {
  const last = heard.get(server);
  if (last === undefined) return;
  const now = monotonicMs();
  if (now - last.at > last.lengthMs) Object.assign(last, { lengthMs: roundMs(now - last.at), startedAtMs: epochMs(last.at) });
  last.at = now;
}

function close(id: number): void {
  open.delete(id);
  if (isEnding && open.size === 0) report();
}

function count(into: Record<string, number>, what: string): void {
  into[what] = (into[what] ?? 0) + 1;
}

const total = Math.ceil((params.maxMs * params.perSecond) / 1000);
const pacer = new Pacer({
  rateHz: params.perSecond,
  count: total,
  onSlot: ask,
  onDone: () => {
    isEnding = true;
    if (open.size === 0) report();
  },
});

function report(): void {
  const strip = ({ tookMs, ...kind }: (typeof kinds)["known"]): KindResult => ({ ...kind, answerMs: summarise(tookMs) });
  const result: NameQuestionsResult = {
    kinds: { known: strip(kinds.known), fresh: strip(kinds.fresh) },
    refusals,
    silences: Object.fromEntries([...heard].map(([server, { lengthMs, startedAtMs }]) => [server, { lengthMs, startedAtMs }])),
    sent: pacer.report(),
    sendErrors,
    socketDrops: socketDrops(),
  };
  finish(result);
}

listen((command) => {
  if (command === "stop") pacer.stop();
});
endWithin(params.maxMs + params.attempts * params.timeoutMs, () => pacer.stop());
pacer.start();
emit({ event: "ready" });

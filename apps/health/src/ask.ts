import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";

import type { HealthCheckState, HealthQuestionState, HealthTerms } from "@rackway/schema";

import { authorities, hearStatus, noAuthorities, questionOf } from "./ask-http.ts";
import { commandFolder, runNamed } from "./named-command.ts";
import { ntpQuestion, readNtpAnswer } from "./ntp.ts";
import { TooLate, within } from "./within.ts";

/** An answer, and in words what it was: shown to people as it is. */
export interface Answer {
  readonly isWell: boolean;
  readonly reason: string;
}

/**
 * Asks the service behind one address once; answers within `timeoutMs`, and never rejects. The process is in the service's network namespace.
 * `commands`: the folder of named commands.
 */
export async function ask(
  { check, timeoutMs }: Pick<HealthTerms, "check" | "timeoutMs">,
  address: string,
  commands = commandFolder,
): Promise<Answer> {
  if (check.kind === "each") return askEach(check.questions, timeoutMs, address, commands);
  const name = check.kind === "command" ? `command ${check.name}` : `${check.kind} ${check.port}`;
  try {
    const { isWell, reason } = await askKind(check, address, timeoutMs, commands);
    return { isWell, reason: `${name}: ${reason}` };
  } catch (error) {
    return { isWell: false, reason: `${name}: ${wordsOf(error, timeoutMs)}` };
  }
}

/** All at once, in the time of one. What is told is what is amiss, or all of it. */
async function askEach(questions: readonly HealthQuestionState[], timeoutMs: number, address: string, commands: string): Promise<Answer> {
  const answers = await Promise.all(questions.map((check) => ask({ check, timeoutMs }, address, commands)));
  const amiss = answers.filter(({ isWell }) => !isWell);
  const told = amiss.length > 0 ? amiss : answers;
  return { isWell: amiss.length === 0, reason: told.map(({ reason }) => reason).join("; ") };
}

async function askKind(check: HealthQuestionState, address: string, timeoutMs: number, commands: string): Promise<Answer> {
  switch (check.kind) {
    case "tcp":
      return askTcp(address, check.port, timeoutMs);
    case "http":
      return askHttp(() => connect({ host: address, port: check.port }), questionOf(address, check), timeoutMs);
    case "https":
      return askHttp(() => connectSecurely(address, check), questionOf(address, check), timeoutMs);
    case "dns":
      return askDns(address, check, timeoutMs);
    case "ntp":
      return askNtp(address, check, timeoutMs);
    case "command":
      return runNamed(commands, check.name, address, timeoutMs);
  }
}

function wordsOf(error: unknown, timeoutMs: number): string {
  if (error instanceof TooLate) return `no answer within ${timeoutMs} ms`;
  const { code, message } = error as { readonly code?: string; readonly message: string };
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: "connection refused",
    ECONNRESET: "connection reset",
    EHOSTUNREACH: "no route to it",
    ENETUNREACH: "no route to it",
    EADDRNOTAVAIL: "the address is not there",
    ETIMEOUT: `no answer within ${timeoutMs} ms`,
    ESERVFAIL: "answer SERVFAIL",
    EREFUSED: "answer REFUSED",
    ENOTFOUND: "answer NXDOMAIN",
    ENODATA: "no record of the type",
  };
  return known[code ?? ""] ?? message.split("\n")[0] ?? "failed";
}

function askTcp(host: string, port: number, timeoutMs: number): Promise<Answer> {
  return within(timeoutMs, (resolve, reject) => {
    const socket = connect({ host, port });
    socket.on("connect", () => resolve({ isWell: true, reason: "accepts connections" }));
    socket.on("error", reject);
    return () => letGo(socket);
  });
}

/** A reset, not a connection left in TIME_WAIT: thousands of checks must not use up the ports. One that is not there yet cannot be reset. */
function letGo(socket: Socket): void {
  if (socket.connecting || socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function askHttp(open: () => Socket, question: string, timeoutMs: number): Promise<Answer> {
  return within(timeoutMs, (resolve, reject) => {
    const socket = open();
    socket.on("error", reject);
    hearStatus(socket, resolve, reject);
    socket.write(question);
    return () => letGo(socket);
  });
}

function connectSecurely(host: string, check: HealthCheckState & { kind: "https" }): Socket {
  const servername = check.host === null ? {} : { servername: check.host.replace(/:\d+$/, "") };
  const secureContext = check.verify ? authorities() : noAuthorities();
  return connectTls({ host, port: check.port, rejectUnauthorized: check.verify, secureContext, ...servername });
}

function askDns(address: string, check: HealthCheckState & { kind: "dns" }, timeoutMs: number): Promise<Answer> {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
  resolver.setServers([address.includes(":") ? `[${address}]:${check.port}` : `${address}:${check.port}`]);
  return within(timeoutMs, (resolve, reject) => {
    resolver.resolve(check.name, check.type).then(() => resolve({ isWell: true, reason: `answers ${check.name} ${check.type}` }), reject);
    return () => resolver.cancel();
  });
}

/** SNTP (RFC 4330, 5): one question, one answer. */
function askNtp(address: string, check: HealthCheckState & { kind: "ntp" }, timeoutMs: number): Promise<Answer> {
  return within(timeoutMs, (resolve, reject) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const { packet, cookie } = ntpQuestion();
    let isOpen = true;
    socket.on("error", reject);
    socket.on("message", (message) => {
      const answer = readNtpAnswer(message, cookie, check.maxStratum);
      if (answer !== null) resolve(answer);
    });
    // Connected: a port that nobody listens on is heard of (RFC 1122, 4.1.3.3).
    socket.on("connect", () => {
      if (isOpen) socket.send(packet, (error) => error && reject(error));
    });
    socket.connect(check.port, address);
    return () => {
      isOpen = false;
      socket.close();
    };
  });
}

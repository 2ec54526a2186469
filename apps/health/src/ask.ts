import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";

import type { HealthCheckState, HealthTerms } from "@rackway/schema";

import { ntpQuestion, readNtpAnswer } from "./ntp.ts";

/** An answer, and in words what it was: shown to people as it is. */
export interface Answer {
  readonly isWell: boolean;
  readonly reason: string;
}

/** Only what an administrator of the host has put here is ever run. */
export const commandFolder = "/etc/rackway/checks";

/** Asks the service behind one address once; answers within `timeoutMs`. The process is in the service's network namespace. */
export async function ask({ check, timeoutMs }: Pick<HealthTerms, "check" | "timeoutMs">, address: string): Promise<Answer> {
  const name = nameOf(check);
  try {
    const { isWell, reason } = await askKind(check, address, timeoutMs);
    return { isWell, reason: `${name}: ${reason}` };
  } catch (error) {
    return { isWell: false, reason: `${name}: ${wordsOf(error, timeoutMs)}` };
  }
}

function nameOf(check: HealthCheckState): string {
  return check.kind === "command" ? `command ${check.name}` : `${check.kind} ${check.port}`;
}

function askKind(check: HealthCheckState, address: string, timeoutMs: number): Promise<Answer> {
  switch (check.kind) {
    case "tcp":
      return askTcp(address, check.port, timeoutMs);
    case "http":
      return askHttp(httpRequest({ ...target(address, check), agent: false }), timeoutMs);
    case "https": {
      const servername = check.host === null ? {} : { servername: check.host };
      return askHttp(httpsRequest({ ...target(address, check), agent: false, rejectUnauthorized: check.verify, ...servername }), timeoutMs);
    }
    case "dns":
      return askDns(address, check, timeoutMs);
    case "ntp":
      return askNtp(address, check, timeoutMs);
    case "command":
      return runNamed(check.name, address, timeoutMs);
  }
}

class TooLate extends Error {}

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

/** Settles once, by the first of its answer, its error and the time; `end` takes away what is left. */
function within<T>(timeoutMs: number, begin: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let end = (): void => undefined;
    let isSettled = false;
    const settle = (how: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      end();
      how();
    };
    const timer = setTimeout(() => settle(() => reject(new TooLate())), timeoutMs);
    end = begin(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}

function askTcp(host: string, port: number, timeoutMs: number): Promise<Answer> {
  return within(timeoutMs, (resolve, reject) => {
    const socket = connect({ host, port });
    socket.on("connect", () => resolve({ isWell: true, reason: "accepts connections" }));
    socket.on("error", reject);
    // A reset, not a connection left in TIME_WAIT: thousands of checks must not use up the ports.
    return () => void socket.resetAndDestroy();
  });
}

function target(address: string, { port, path, host }: { port: number; path: string; host: string | null }) {
  return {
    host: address,
    port,
    path,
    method: "GET",
    headers: { "User-Agent": "rackway-health", ...(host === null ? {} : { Host: host }) },
  };
}

/** A status of 200 to 399 (RFC 9110, 15.3 and 15.4) is well; the body does not matter. */
function askHttp(request: ReturnType<typeof httpRequest>, timeoutMs: number): Promise<Answer> {
  return within(timeoutMs, (resolve, reject) => {
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      response.on("error", () => undefined);
      resolve({ isWell: status >= 200 && status <= 399, reason: `status ${status}` });
    });
    request.on("error", reject);
    request.end();
    return () => request.destroy();
  });
}

async function askDns(address: string, check: HealthCheckState & { kind: "dns" }, timeoutMs: number): Promise<Answer> {
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
    socket.on("error", reject);
    socket.on("message", (message) => {
      const answer = readNtpAnswer(message, cookie, check.maxStratum);
      if (answer !== null) resolve(answer);
    });
    socket.connect(check.port, address, () => socket.send(packet, (error) => error && reject(error)));
    return () => socket.close();
  });
}

function runNamed(name: string, address: string, timeoutMs: number): Promise<Answer> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return Promise.reject(new Error("not a name of a command"));
  const path = join(commandFolder, name);
  const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
  return new Promise((resolve, reject) => {
    const child = execFile(path, [address], { env: environment, maxBuffer: 64 * 1024, cwd: "/" }, (error, stdout, stderr) => {
      clearTimeout(timer);
      const said = (stderr.trim() || stdout.trim()).split("\n").at(-1)?.slice(0, 120) ?? "";
      if (late) reject(new TooLate());
      else if (error === null) resolve({ isWell: true, reason: said === "" ? "exit 0" : `exit 0: ${said}` });
      else if (typeof error.code === "number") resolve({ isWell: false, reason: `exit ${error.code}${said === "" ? "" : `: ${said}`}` });
      else reject(new Error(error.code === "ENOENT" ? `there is no ${path} on this host` : error.message));
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, timeoutMs);
  });
}

import { connect } from "node:net";
import { emit, endWithin, finish, listen, readParams } from "./control.ts";
import { Pacer } from "./pacer.ts";

export type HttpRequestsClientParams = {
  address: string;
  port: number;
  path: string;
  perSecond: number;
  /** A request without a whole answer by then has failed; above 1 s, or a lost SYN is not given its retransmission. */
  timeoutMs: number;
  maxMs: number;
};

export type HttpRequestsResult = {
  started: number;
  done: number;
  /**
   * Not asked, because two seconds' worth of requests were open already: a machine that cannot keep the rate, or nobody who answers. Without
   * this bound a client that is late would only make itself later.
   */
  heldBack: number;
  /** Kinds: an errno (`ECONNREFUSED`, `ECONNRESET`, …), `connect-timeout`, `answer-timeout`, `status 503`, or `EOF`: closed before the answer was whole. */
  failures: Record<string, number>;
  /** The first line of each answer, and how many had it. */
  answers: Record<string, number>;
};

const params = readParams<HttpRequestsClientParams>();
const authority = params.address.includes(":") ? `[${params.address}]` : params.address;
const question = `GET ${params.path} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`;
const mostOpen = 2 * params.perSecond;
const result: HttpRequestsResult = { started: 0, done: 0, heldBack: 0, failures: {}, answers: {} };
let open = 0;
let isEnding = false;

/** One request on a connection of its own: what a reload could lose. */
function requestOnce(): void {
  if (open >= mostOpen) return void result.heldBack++;
  result.started++;
  open++;
  const socket = connect({ host: params.address, port: params.port, noDelay: true });
  let heard = "";
  let isConnected = false;
  let isOver = false;
  const end = (kind: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    socket.destroy();
    note(kind, heard);
  };
  const timer = setTimeout(() => end(isConnected ? "answer-timeout" : "connect-timeout"), params.timeoutMs);
  socket.on("connect", () => {
    isConnected = true;
    socket.write(question);
  });
  socket.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
    const kind = judge(heard);
    if (kind !== null) end(kind);
  });
  socket.on("end", () => end("EOF"));
  socket.on("error", (error: Error & { code?: string }) => end(error.code ?? error.message));
}

/** Null: there is more to come. */
function judge(heard: string): string | null {
  const head = heard.indexOf("\r\n\r\n");
  if (head < 0) return null;
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(heard)?.[1];
  if (status !== "200") return `status ${status ?? "none"}`;
  const length = Number(/^content-length: *(\d+)/im.exec(heard.slice(0, head))?.[1] ?? Number.NaN);
  return heard.length >= head + 4 + length ? "done" : null;
}

function note(kind: string, heard: string): void {
  if (kind === "done") {
    result.done++;
    const [line = ""] = heard.slice(heard.indexOf("\r\n\r\n") + 4).split("\n");
    result.answers[line.slice(0, 80)] = (result.answers[line.slice(0, 80)] ?? 0) + 1;
  } else result.failures[kind] = (result.failures[kind] ?? 0) + 1;
  open--;
  if (isEnding && open === 0) finish(result);
}

const count = Math.ceil((params.maxMs * params.perSecond) / 1000);
const pacer = new Pacer({
  rateHz: params.perSecond,
  count,
  onSlot: requestOnce,
  onDone: () => {
    isEnding = true;
    if (open === 0) finish(result);
  },
});
listen((command) => {
  if (command === "stop") pacer.stop();
  else if (command === "tell") emit({ event: "told", ...result });
});
endWithin(params.maxMs + params.timeoutMs, () => pacer.stop());
pacer.start();
emit({ event: "ready" });

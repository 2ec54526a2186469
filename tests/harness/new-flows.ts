import type { Place } from "./place.ts";
import { Program } from "./program.ts";
import type { NewFlowsClientParams, NewFlowsResult } from "./programs/new-flows-client.ts";
import type { NewFlowsServerParams } from "./programs/new-flows-server.ts";

export type NewFlowsOptions = { client: Place; server: Place; address: string; port: number } & Partial<
  Pick<NewFlowsClientParams, "tcpPerSecond" | "udpPerSecond" | "timeoutMs" | "delayedAfterMs">
> & {
    /** Most flows of each protocol; the probe ends there. */
    count: number;
  };

export type NewFlows = { result: Promise<NewFlowsResult>; stop: () => Promise<NewFlowsResult>; abandon: () => void };

/** Begins flows at a rate, each new to every router on the path, and sorts those that fail by kind. */
export async function startNewFlows(options: NewFlowsOptions): Promise<NewFlows> {
  const { client, server, address, port, count } = options;
  const [tcpPerSecond, udpPerSecond] = [options.tcpPerSecond ?? 200, options.udpPerSecond ?? 200];
  const [timeoutMs, delayedAfterMs] = [options.timeoutMs ?? 3000, options.delayedAfterMs ?? 500];
  const slowest = Math.min(...[tcpPerSecond, udpPerSecond].filter((rate) => rate > 0));
  const maxMs = Math.ceil((count * 1000) / slowest) + timeoutMs + 5000;
  const serverParams: NewFlowsServerParams = { address: address.includes(":") ? "::" : "0.0.0.0", port, maxMs: maxMs + 5000 };
  const echo = Program.start<{ tcp: number; udp: number }>(server, "new-flows-server.ts", serverParams);
  await echo.ready();
  const params: NewFlowsClientParams = { address, port, tcpPerSecond, udpPerSecond, count, timeoutMs, delayedAfterMs, maxMs };
  const program = Program.start<NewFlowsResult>(client, "new-flows-client.ts", params);
  const abandon = (): void => [program, echo].forEach((one) => one.abandon());
  await program.ready().catch((error: unknown) => {
    abandon();
    throw error;
  });
  const result = program.result.finally(() => echo.stop().catch(() => null));
  result.catch(() => {});
  const stop = (): Promise<NewFlowsResult> => {
    program.command("stop");
    return result;
  };
  return { result, stop, abandon };
}

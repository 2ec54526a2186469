import { request } from "node:http";
import { text } from "node:stream/consumers";
import { rackwayError } from "@rackway/errors";
import type { Status } from "@rackway/schema";
import type { Io } from "./io.ts";

/** The agent's own socket on every host; root's. */
export const agentSocket = "/run/rackway/agent.sock";

/**
 * What this host's agent sees of its own Pacemaker cluster, without any server (DESIGN.md, promise 1). `RACKWAY_AGENT_SOCKET` names
 * another socket. Throws `agent-unreachable`, whose hint is the tool that works without us.
 */
export async function fetchLocalStatus(io: Io): Promise<Status> {
  const socket = io.env.RACKWAY_AGENT_SOCKET || agentSocket;
  let answer: { status: number; body: string };
  try {
    answer = await getFrom(socket);
  } catch (error) {
    throw rackwayError("agent-unreachable", { socket, reason: reasonOf(error as NodeJS.ErrnoException) }, { cause: error });
  }
  if (answer.status !== 200)
    throw rackwayError("agent-unreachable", { socket, reason: `it answered ${answer.status}${titleOf(answer.body)}` });
  const { statusSchema } = await import("@rackway/schema");
  const parsed = statusSchema.safeParse(parseJson(answer.body));
  if (!parsed.success) throw rackwayError("agent-unreachable", { socket, reason: "its answer is no status that this version knows" });
  return parsed.data;
}

function getFrom(socketPath: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path: "/local-status", timeout: 5000, agent: false }, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode ?? 0, body }), reject);
    });
    asking.on("timeout", () => asking.destroy(new Error("no answer within 5 s")));
    asking.on("error", reject);
    asking.end();
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "there is no such socket: no agent runs on this host";
  if (error.code === "ECONNREFUSED") return "nobody listens on it: the agent is dead";
  if (error.code === "EACCES") return "it is root's; try with sudo";
  return error.message;
}

/** `: TITLE` of a problem (RFC 9457), or nothing. */
function titleOf(body: string): string {
  const problem = parseJson(body);
  const title = typeof problem === "object" && problem !== null && "title" in problem ? problem.title : null;
  return typeof title === "string" ? `: ${title}` : "";
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

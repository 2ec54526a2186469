import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "./testing/terminal.ts";
import { healthyStatus } from "./testing/views.ts";

let folder = "";
let socket = "";
let agent: Server | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rackway-cli-"));
  socket = join(folder, "agent.sock");
});
afterEach(async () => {
  await new Promise<void>((resolve) => (agent === null ? resolve() : agent.close(() => resolve())));
  agent = null;
  await rm(folder, { recursive: true });
});

async function answerWith(status: number, body: string): Promise<void> {
  const server = createServer((request, response) => response.writeHead(request.url === "/local-status" ? status : 404).end(body));
  agent = server;
  await new Promise<void>((resolve) => server.listen(socket, resolve));
}

/** A server that is dead, to show that nobody asks it. */
const local = (...flags: string[]) =>
  run(["status", "--local", ...flags], { env: { RACKWAY_AGENT_SOCKET: socket, RACKWAY_SERVER: "http://127.0.0.1:1" } });

describe("status --local", () => {
  test("is the agent's own view, with the server dead", async () => {
    await answerWith(200, JSON.stringify(healthyStatus()));
    const { code, out } = await local();
    expect(out).toContain("default-lab (this host's own view): revision 3, quorate");
    expect(out).toMatch(/^vr-a +ctl-a1 /m);
    expect(code).toBe(0);
  });

  test("with --exit-code exits by the gravest problem, and shows all the same", async () => {
    const problem = { severity: "warning", code: "frr-missing", subject: "host/ctl-a1", message: "no FRR", hint: null, since: null };
    await answerWith(200, JSON.stringify({ ...healthyStatus(), problems: [problem] }));
    expect(await local()).toMatchObject({ code: 0 });
    expect(await local("--exit-code")).toMatchObject({ code: 3, out: expect.stringContaining("- host ctl-a1: no FRR") as string });
    expect(JSON.parse((await local("--exit-code", "-o", "json")).out)).toMatchObject({ problems: [problem] });
    expect(await local("--exit-code", "--watch")).toMatchObject({ code: 2 });
  });

  test("does not show a word on agents that cannot be seen from here", async () => {
    const status = healthyStatus();
    for (const host of status.hosts.slice(1)) Object.assign(host, { agent: "absent", ageMs: null, converged: null });
    await answerWith(200, JSON.stringify(status));
    expect((await local()).out).not.toContain("absent");
  });

  test("is the contract with -o json", async () => {
    await answerWith(200, JSON.stringify(healthyStatus()));
    expect(JSON.parse((await local("-o", "json")).out)).toEqual(healthyStatus());
  });

  test.each([
    [
      "503, with the agent's words",
      503,
      '{"title":"The agent has not looked at its host yet"}',
      "it answered 503: The agent has not looked at its host yet",
    ],
    ["something that is no status", 200, '{"cluster":1}', "no status that this version knows"],
    ["something that is no JSON", 200, "<html>", "no status that this version knows"],
  ])("an agent that answers %s", async (_, status, body, words) => {
    await answerWith(status, body);
    const { code, err } = await local();
    expect(err).toContain(words);
    expect(code).toBe(1);
  });

  test("with the agent dead, too: exit 1, and the tool that needs nothing of ours", async () => {
    const { code, err } = await local();
    expect(err).toContain("no agent runs on this host");
    expect(err).toContain("crm_mon -1");
    expect(code).toBe(1);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { exampleText, filesOf, startTestServer } from "./testing/test-server.ts";
import type { TestServer } from "./testing/test-server.ts";

interface Described {
  readonly paths: Record<string, Record<string, { security?: Record<string, unknown>[] }>>;
}

let server: TestServer;
let hostToken: string;
let routes: { method: "GET" | "POST" | "PUT" | "DELETE"; path: string; access: "anyone" | "admin" | "agent" }[];
beforeAll(async () => {
  server = await startTestServer();
  await server.get("POST", "/apply", { body: filesOf(await exampleText("default-lab")) });
  hostToken = await server.enroll("ctl-a1");
  const { paths } = (await server.ask("GET", "/openapi.json", { token: null })).json<Described>();
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase() as "GET",
      path: path.replace("/api/v1", "").replaceAll(/\{\w+\}/g, "1"),
      access:
        security?.some((each) => "agent" in each) === true
          ? ("agent" as const)
          : security?.length === 0
            ? ("anyone" as const)
            : ("admin" as const),
    })),
  );
});
afterAll(() => server.stop());

describe("access", () => {
  it("is said of every route, and open for the health check alone", () => {
    expect(routes.length).toBeGreaterThan(30);
    expect(routes.filter(({ access }) => access === "anyone").map(({ path }) => path)).toEqual(["/health"]);
    expect(new Set(routes.filter(({ access }) => access === "agent").map(({ path }) => path.split("/")[1]))).toEqual(new Set(["agent"]));
  });

  it("is refused with 401 without a token, with a wrong one, and with one in another form", async () => {
    for (const { method, path, access } of routes) {
      if (access === "anyone") continue;
      for (const headers of [
        {},
        { authorization: "Bearer rackway-admin-wrong" },
        { authorization: `Basic ${Buffer.from(`admin:${server.adminToken}`).toString("base64")}` },
        { authorization: `Bearer ${server.adminToken}x` },
        { authorization: `Bearer ${server.adminToken.slice(0, -1)}` },
        { authorization: "Bearer " },
      ]) {
        const answer = await server.ask(method, path, { token: null, headers });
        expect([method, path, answer.statusCode]).toEqual([method, path, 401]);
        expect(answer.headers["www-authenticate"]).toContain("Bearer");
        expect(answer.json()).toMatchObject({ code: "unauthorised", status: 401 });
      }
    }
  });

  it("is refused with 403 to a host's token outside of the agents' half, and to the admin's within it", async () => {
    for (const { method, path, access } of routes) {
      if (access === "anyone") continue;
      const token = access === "agent" ? server.adminToken : hostToken;
      const answer = await server.ask(method, path, { token });
      expect([method, path, answer.statusCode]).toEqual([method, path, 403]);
    }
  });

  it("is given without a token to health and the API's description", async () => {
    expect((await server.ask("GET", "/health", { token: null })).json()).toEqual({ status: "ok", version: "0.1.0", revision: 1 });
    expect((await server.ask("GET", "/openapi.json", { token: null })).statusCode).toBe(200);
  });

  it("is not found where there is no route, as a problem", async () => {
    expect(await server.refused("GET", "/nothing?token=x")).toMatchObject({ status: 404, code: "route-not-found" });
    expect(await server.refused("DELETE", "/status")).toMatchObject({ status: 404, code: "route-not-found" });
    const outside = await server.app.inject({ method: "GET", url: "/api/nothing" });
    expect(outside.json()).toMatchObject({ status: 404, code: "route-not-found" });
  });
});

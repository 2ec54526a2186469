import { readFile } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { describeApi } from "./describe-api.ts";
import { startTestServer } from "./testing/test-server.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: string[];
  readonly parameters?: { name: string; in: string; required?: boolean }[];
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}

interface Description {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, unknown>; securitySchemes: object };
}

const describedApi = describeApi() as Promise<Description>;

function* nodesOf(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* nodesOf(inner);
}

describe("the API's description", () => {
  it("is OpenAPI 3.1, and the same that a running server gives", async () => {
    const described = await describedApi;
    expect(described.openapi).toMatch(/^3\.1\./);
    const server = await startTestServer();
    const served: unknown = (await server.ask("GET", "/openapi.json", { token: null })).json();
    await server.stop();
    expect(served).toEqual(JSON.parse(JSON.stringify(described)));
  });

  it("resolves every reference that it makes", async () => {
    const described = await describedApi;
    const references = [...nodesOf(described)].flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []));
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      const name = reference.replace("#/components/schemas/", "");
      expect(Object.keys(described.components.schemas)).toContain(name);
    }
  });

  it("describes every operation: a name of its own, a summary, its parameters, a good answer and problems", async () => {
    const { paths } = await describedApi;
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, ...operation })),
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { path, summary, tags, parameters = [], responses } of operations) {
      expect(summary).toMatch(/\w/);
      expect(tags).toHaveLength(1);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(parameters.filter((each) => each.in === "path").map(({ name }) => name)).toEqual(inPath);
      expect(parameters.filter((each) => each.in === "path").every(({ required }) => required === true)).toBe(true);
      const statuses = Object.keys(responses);
      expect(statuses.filter((status) => /^[23]/.test(status)).length).toBeGreaterThanOrEqual(1);
      expect(responses["4XX"]?.content).toHaveProperty("application/problem+json");
      expect(Object.values(responses).every(({ description }) => typeof description === "string")).toBe(true);
    }
  });

  it("is what docs/api.md lists, path for path", async () => {
    const { paths } = await describedApi;
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace("/api/v1", "")}`),
    );
    const page = await readFile(new URL("../../../docs/api.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `([A-Z]+ \/\S+)` \|/gm)].map((match) => match[1]);
    expect(listed.toSorted()).toEqual(described.toSorted());
  });

  it("uses JSON Schema words only as they are meant: every type and every required property is there", async () => {
    const types = new Set(["string", "number", "integer", "boolean", "object", "array", "null"]);
    for (const node of nodesOf((await describedApi).components.schemas)) {
      if (typeof node.type === "string") expect(types).toContain(node.type);
      if (Array.isArray(node.required) && typeof node.properties === "object" && node.properties !== null) {
        for (const name of node.required) expect(Object.keys(node.properties)).toContain(name);
      }
    }
  });
});

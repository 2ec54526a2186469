/**
 * Every generated file that is kept in the repository, and what makes it. `npm run generate` writes them;
 * tests/unit/generated.test.ts fails when one differs from what its generator makes now. To add one: a line in the table.
 */
import { renderCliReference } from "@rackway/cli";
import { renderErrorReference } from "@rackway/errors";
import { clusterJsonSchema, renderDocumentReference } from "@rackway/schema";
import { describeApi, renderMetricReference } from "@rackway/server";

import { grafanaDashboard } from "./grafana-dashboard.ts";

export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

export const generatedFiles: readonly GeneratedFile[] = [
  { path: "docs/reference/errors.md", render: renderErrorReference },
  { path: "docs/reference/document.md", render: renderDocumentReference },
  { path: "docs/reference/cli.md", render: renderCliReference },
  { path: "docs/reference/metrics.md", render: renderMetricReference },
  { path: "docs/reference/cluster.schema.json", render: () => renderJson(clusterJsonSchema()) },
  { path: "docs/reference/openapi.json", render: async () => renderJson(await describeApi()) },
  { path: "ops/grafana/rackway.json", render: () => renderJson(grafanaDashboard()) },
];

/** JSON as it is kept: indented by two, with a closing newline. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

import { join } from "node:path";

import { checkout } from "./bring-up.ts";

/** The topology in `examples/topologies/` that each example document describes. */
const topologies = {
  "default-lab": "default",
  minimal: "minimal",
  spanning: "spanning",
  "two-controllers": "two-controllers",
  "quorum-device": "two-controllers",
  "five-controllers": "five-controllers",
  anycast: "default",
  roaming: "default",
  resolver: "default",
} as const;

export type LabExample = keyof typeof topologies;

/** Example documents that a lab can be brought up for, by their names in `examples/`. */
export const labExamples = Object.keys(topologies) as LabExample[];

export function isLabExample(name: string): name is LabExample {
  return Object.hasOwn(topologies, name);
}

/** The file of the topology that an example document describes. */
export function topologyFileOf(example: LabExample): string {
  return join(checkout, "examples/topologies", `${topologies[example]}.yaml`);
}

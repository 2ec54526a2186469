/** Documents made to measure, for this package's tests, the planner's, and benchmarks. Nothing here runs in production. */
export * from "./changes.ts";
export * from "./reorder.ts";
export * from "./sample-cluster.ts";

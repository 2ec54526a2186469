/** Put in by the build (`scripts/build.ts`); a checkout runs as this. */
declare const RACKWAY_VERSION: string | undefined;

export const agentVersion: string = typeof RACKWAY_VERSION === "string" ? RACKWAY_VERSION : "0.1.0-checkout";

import description from "../package.json" with { type: "json" };

/** Of the server, as its package says. */
export const serverVersion: string = description.version;

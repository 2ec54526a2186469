import type { Config } from "prettier";

const config: Config = { printWidth: 140, trailingComma: "all" };
export default config;

import { join } from "node:path";

import { defineConfig } from "vite";

/** How the web UI is built. To work on it beside a server that runs: `./rackway-node node_modules/vite/bin/vite.js --config scripts/vite.config.ts`. */
const root = join(import.meta.dirname, "../apps/web");

/** Where `vite` finds a server's API while the UI is worked on. */
const server = process.env["RACKWAY_SERVER"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  root,
  oxc: { jsx: { runtime: "automatic" } },
  server: { proxy: { "/api": server } },
  build: {
    outDir: join(import.meta.dirname, "../dist/web"),
    emptyOutDir: true,
    // Nothing inline, or the Content-Security-Policy would have to let it through.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    // What counts is what goes over the wire; tests/unit/web/build.test.ts holds that.
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      onwarn: (warning, warn) => {
        // "use client" is for frameworks that render on a server: there is none here.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
});

import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Browser } from "playwright-core";

import { logIn, openBrowser, openPage } from "../tests/harness/web/browser.ts";
import { places } from "../tests/harness/web/places.ts";
import { WebWorld } from "../tests/harness/web/web-world.ts";
import { buildWeb } from "./build-web.ts";

/**
 * `npm run screenshots`: every page of the web UI, light and dark, wide and on a telephone, into docs/images/ui. The server is a real one; its hosts
 * are not there, their reports are (tests/harness/web/web-world.ts).
 */
const root = resolve(import.meta.dirname, "..");
const folder = join(root, "docs/images/ui");
const schemes = ["light", "dark"] as const;
const widths = [1440, 390] as const;

type Place = { readonly name: string; readonly path: string; readonly settled: string };

async function takeAll(browser: Browser, world: WebWorld, taken: readonly Place[]): Promise<void> {
  for (const scheme of schemes)
    for (const width of widths) {
      const { page } = await openPage(browser, { url: world.url, width, height: width === 390 ? 844 : 900, scheme });
      const take = (name: string) =>
        page.screenshot({ path: join(folder, `${name}-${scheme}-${width}.png`), fullPage: true, animations: "disabled" });
      await page.goto("/");
      if (taken.some(({ name }) => name === "topology")) {
        await page.getByLabel("Admin token").waitFor();
        await take("login");
      }
      await logIn(page, world.adminToken);
      for (const { name, path, settled } of taken) {
        await page.goto(path);
        await page.getByText(settled).first().waitFor();
        await page.getByText("live", { exact: true }).waitFor();
        await take(name);
      }
      await page.context().close();
      console.log(`screenshots: ${taken.map(({ name }) => name).join(", ")} in ${scheme}, ${width} wide`);
    }
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await buildWeb(console.log);
const [browser, world] = [await openBrowser(), await WebWorld.start(join(root, "dist/web"))];
try {
  await takeAll(browser, world, places);
  await world.setServiceDown("ctl-b1");
  await world.cutPower("ctl-a1", "ctl-a2");
  await takeAll(browser, world, [{ name: "topology-failover", path: "/", settled: "it went from ctl-a1 to ctl-a2" }]);
} finally {
  await browser.close();
  await world.stop();
}

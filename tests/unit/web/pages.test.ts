import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { buildWeb } from "../../../scripts/build-web.ts";
import { logIn, openBrowser, openPage } from "../../harness/web/browser.ts";
import { places } from "../../harness/web/places.ts";
import { WebWorld } from "../../harness/web/web-world.ts";

/** The built UI in a real browser, before a real server that is told what agents would tell it. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });
const built = resolve(import.meta.dirname, "../../../dist/web");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser;
let world: WebWorld;
beforeAll(async () => {
  await buildWeb(() => undefined);
  [browser, world] = await Promise.all([openBrowser(), WebWorld.start(built)]);
});
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

/** As axe-core's `run` answers. */
interface AxeAnswer {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** What axe finds on the page as it stands; its script comes by the debugger, which no policy of the page's holds. */
async function findViolations(page: Page, runOnly: readonly string[] | null = null): Promise<string[]> {
  const options = { resultTypes: ["violations"], ...(runOnly === null ? {} : { runOnly }) };
  const { violations } = await page.evaluate<AxeAnswer>(`axe.run(${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
}

/** How many tables reach beyond their boxes. */
const cutOff = "[...document.querySelectorAll('table')].filter(({ parentElement: box }) => box.scrollWidth > box.clientWidth).length";

/** All of axe in light and wide; in dark and narrow, colours, and whether the page is wider than the screen. */
async function expectWell(page: Page, path: string): Promise<void> {
  await page.evaluate(axe);
  expect(await findViolations(page), path).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await findViolations(page, ["color-contrast"]), `${path}, dark`).toEqual([]);
  expect(await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth"), `${path} is wider than a telephone`).toBe(0);
  expect(await page.evaluate<number>(cutOff), `${path} cuts columns off`).toBe(0);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("no page has an accessibility violation, a console error or a foreign request, or is wider than a telephone", async () => {
  const { page, faults } = await openPage(browser, { url: world.url });
  await page.goto("/");
  await page.getByLabel("Admin token").waitFor();
  await expectWell(page, "login");
  await logIn(page, world.adminToken);
  for (const { path, settled } of places) {
    await page.goto(path);
    await page.getByText(settled).first().waitFor();
    await expectWell(page, path);
  }
  expect(faults).toEqual([]);
  await page.context().close();
});

test("who has no token, or a wrong one, is told where it lies, and comes to the page that was asked for", async () => {
  const { page } = await openPage(browser, { url: world.url });
  await page.goto("/hosts?q=rack-b");
  await page.getByText("/var/lib/rackway/server/admin-token").waitFor();
  await page.getByLabel("Admin token").fill("rackway-admin-wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText(/token/i).nth(1).waitFor();
  await logIn(page, world.adminToken);
  await page.getByRole("link", { name: "ctl-b1" }).waitFor();
  expect(await page.getByRole("link", { name: "ctl-a1" }).count()).toBe(0);
  expect(await page.getByLabel("Search hosts").inputValue()).toBe("rack-b");
  await page.context().close();
});

test("a failover is seen as it happens: the router and the path move, and the reason is there", async () => {
  const { page, faults } = await openPage(browser, { url: world.url });
  await page.goto("/");
  await logIn(page, world.adminToken);
  await page.locator('[data-router="vr-a"][data-host="ctl-a1"]').waitFor();
  await world.cutPower("ctl-a1", "ctl-a2");
  // By the event, and no sooner by the next poll alone: 2 s is what a screen that is called live may take.
  await page.locator('[data-router="vr-a"][data-host="ctl-a2"]').waitFor({ timeout: 2000 });
  await page.locator('[data-way="ctl-a2"]').waitFor({ state: "attached" });
  await page.getByText("it went from ctl-a1 to ctl-a2").waitFor();
  expect(await page.locator('[data-router="vr-a"]').count()).toBe(1);
  await page.getByRole("link", { name: "ctl-a1, offline" }).waitFor();
  expect(faults).toEqual([]);
  await page.context().close();
});

test("a server that is gone is said to be, with since when; one that is back is followed without a reload", async () => {
  const place = await WebWorld.start(built);
  const { page } = await openPage(browser, { url: place.url });
  await page.goto("/");
  await logIn(page, place.adminToken);
  await page.locator('[data-router="vr-a"]').waitFor();
  await place.stopServer();
  await page.getByText(/Not live since \d\d:\d\d:\d\d/).waitFor();
  // What was known stays, and is not taken for the present.
  expect(await page.locator('[data-router="vr-a"]').count()).toBe(1);
  await place.startServer();
  await page.getByText("live", { exact: true }).waitFor();
  expect(await page.getByText(/Not live since/).count()).toBe(0);
  await page.context().close();
  await place.stop();
});

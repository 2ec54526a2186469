import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";

import { buildWeb } from "../../../scripts/build-web.ts";
import { logIn, openBrowser, openPage } from "../../harness/web/browser.ts";
import { WebWorld } from "../../harness/web/web-world.ts";

/** What an operator does on the pages, and what the server then has. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser: Browser;
let world: WebWorld;
beforeAll(async () => {
  await buildWeb(() => undefined);
  [browser, world] = await Promise.all([openBrowser(), WebWorld.start(resolve(import.meta.dirname, "../../../dist/web"))]);
});
afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

async function openAt(path: string): Promise<Page> {
  const { page } = await openPage(browser, { url: world.url });
  await page.goto(path);
  await logIn(page, world.adminToken);
  return page;
}

async function expectNoViolation(page: Page): Promise<void> {
  await page.evaluate(axe);
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    "axe.run({ resultTypes: ['violations'] })",
  );
  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`)).toEqual([]);
}

test("a drain says what it moves before it does, and is ended from the same place", async () => {
  const page = await openAt("/hosts/ctl-a1");
  await page.getByRole("button", { name: "Drain …" }).click();
  await page.getByText("vr-a moves to one of ctl-a2 and ctl-a3. Connections are in step").waitFor();
  await page.getByText("web is withdrawn here; ctl-a2, ctl-a3").waitFor();
  await expectNoViolation(page);
  expect((await world.client.host("ctl-a1")).drained).toBe(false);
  await page.getByLabel("Why").fill("new memory");
  await page.getByRole("button", { name: "Drain ctl-a1" }).click();
  await page.getByText("admin: new memory", { exact: true }).waitFor();
  expect((await world.client.host("ctl-a1")).status.drain).toMatchObject({ reason: "new memory", force: false });
  await page.getByRole("button", { name: "Resume …" }).click();
  await page.getByRole("button", { name: "Resume ctl-a1" }).click();
  await page.getByRole("button", { name: "Drain …" }).waitFor();
  expect((await world.client.host("ctl-a1")).drained).toBe(false);
  await page.context().close();
});

test("a move is followed to its end", async () => {
  const page = await openAt("/routers/vr-b");
  await page.getByRole("button", { name: "Move …" }).click();
  await page.getByLabel("To").selectOption("ctl-b3");
  await page.getByText("vr-b moves from ctl-b2 to ctl-b3.").waitFor();
  await page.getByRole("button", { name: "Move vr-b to ctl-b3" }).click();
  await page.getByText("waits for the agent on the DC").waitFor();
  await world.carryOutMove();
  await page.getByText("it is on ctl-b3").first().waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByText("it went from ctl-b2 to ctl-b3").waitFor();
  await page.context().close();
});

test("a document is planned, refused with the place of each fault, and applied; who comes second is told, and loses nothing", async () => {
  const page = await openAt("/changes/edit");
  const text = page.getByLabel("Text of dc1.yaml");
  const before = await text.inputValue();
  await text.fill(before.replace("198.51.100.53", "not an address"));
  await page.getByRole("button", { name: "Show what it would change" }).click();
  await page
    .getByRole("button", { name: /not an address/ })
    .first()
    .click();
  expect(
    await page.evaluate<string>(
      "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)",
    ),
  ).toContain("not an address");
  await expectNoViolation(page);

  await text.fill(before.replaceAll("198.51.100.53", "192.0.2.53"));
  await page.getByRole("button", { name: "Show what it would change" }).click();
  await page.locator("ins", { hasText: "192.0.2.53" }).first().waitFor();
  await expectNoViolation(page);
  expect((await world.client.revisions()).current).toBe(2);

  const other = before.replaceAll("198.51.100.123", "192.0.2.123");
  await world.client.apply({ files: [{ name: "dc1.yaml", text: other }], basedOn: 2, comment: "another operator" });
  await page.getByText("Somebody has applied another revision since you began").waitFor();
  await page.getByLabel("Why").fill("nearer name server");
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByRole("button", { name: "Plan it against the current revision" }).click();
  expect(await text.inputValue()).toContain("192.0.2.53");
  // Now the plan says what it takes back.
  await page.locator("del", { hasText: "192.0.2.123" }).first().waitFor();
  await page.getByLabel("Why").fill("nearer name server");
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByRole("heading", { name: "Revision 4" }).waitFor();
  expect((await world.client.revision(4)).comment).toBe("nearer name server");

  await page.goto("/changes/3");
  await page.getByRole("button", { name: "Roll back to this …" }).click();
  await page.locator("dialog ins", { hasText: "192.0.2.123" }).first().waitFor();
  await page.getByRole("button", { name: "Roll back to 3" }).click();
  await page.getByRole("heading", { name: "Revision 5" }).waitFor();
  await page.getByText("rolled back to revision 3").waitFor();
  await page.context().close();
});

test("a revision that waits to be confirmed is said on every page, and confirmed from there", async () => {
  const { files } = await world.client.document((await world.client.revisions()).current ?? 0);
  const changed = files.map(({ name, text }) => ({ name, text: text.replaceAll("corp.example", "corp.test") }));
  const page = await openAt("/hosts");
  const { revision } = await world.client.apply({ files: changed, confirmWithinMs: 600_000 });
  await page.getByText(/In \d+ min( \d+ s)? the hosts go back to revision/).waitFor();
  await expectNoViolation(page);
  await page.getByRole("button", { name: `Confirm revision ${revision}` }).click();
  await page.getByText("is not confirmed").waitFor({ state: "detached" });
  expect((await world.client.revision(revision)).confirmation?.confirmedAt).not.toBeNull();
  await page.context().close();
});

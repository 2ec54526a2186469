import { ensureTools } from "@rackway/lab";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";

/** Debian's Chromium, which apt-get(8) installs where it is absent. */
export async function openBrowser(): Promise<Browser> {
  await ensureTools({ chromium: "chromium" }, (text) => console.log(text));
  // Root has no sandbox of Chromium's; the pages are our own.
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

export interface PageOptions {
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

export interface WatchedPage {
  readonly page: Page;
  /** What the page's console called an error, and requests that went anywhere else than to the server. */
  readonly faults: string[];
}

/** A page in a context of its own, watched for what must not happen on any page. */
export async function openPage(browser: Browser, options: PageOptions): Promise<WatchedPage> {
  const { url, width = 1440, height = 900, scheme = "light" } = options;
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height },
    colorScheme: scheme,
    locale: "en-GB",
    timezoneId: "UTC",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) faults.push(`request: ${request.url()}`);
  });
  return { page, faults };
}

/** As an operator does it: by the form. */
export async function logIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Admin token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("live", { exact: true }).waitFor();
}

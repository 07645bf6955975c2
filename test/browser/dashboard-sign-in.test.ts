import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { builtDashboard, ensureDashboard } from "../../examples/shared/built-dashboard.ts";
import { TOKENS, openDashboard } from "../../packages/sallyport/test/dashboard/dashboard-fixture.ts";
import { startSigning } from "../../packages/sallyport/test/dashboard/oidc-signing.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

/** On a machine that does much else at the time. */
const withinMs = 120_000;
const patience = { timeout: withinMs / 2 };
const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1000, 60_000, 3_600_000];
const WARNED_MS = 2 * MINUTE_MS;
/** Where somebody is, and wants to be again. */
const PLACE = "#/attacks?by=user";

/** A gate's steady clock, which can be put ahead. */
function createClock(): { readonly now: () => number; skip(ms: number): void } {
  let ahead = 0;
  return { now: () => performance.now() + ahead, skip: (ms) => void (ahead += ms) };
}

/** When the gate says that the session ends; `null`: there is none. */
async function endOf(page: Page): Promise<number | null> {
  const at = await page.evaluate<string | null>(
    `fetch("/dashboard/session", { headers: { "Sallyport-Request": "1" } })
      .then((answer) => answer.json())
      .then(({ expiresAt }) => expiresAt ?? null)`,
  );
  return at === null ? null : Date.parse(at);
}

/** One is where one was. */
async function isBack(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1, name: "Attacks" }).waitFor();
  expect(new URL(page.url()).hash).toBe(PLACE);
  expect(await page.getByRole("radio", { name: "By user" }).isChecked()).toBe(true);
}

describe.runIf(runsBrowserTests)(
  "the end of a session of the dashboard, in Chromium",
  { timeout: withinMs },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      [browser] = await Promise.all([launchChromium(), ensureDashboard()]);
    }, withinMs);
    afterAll(async () => await browser?.close(), withinMs);

    const open = async (url: string): Promise<Page> => {
      const context = await browser.newContext({ reducedMotion: "reduce" });
      onTestFinished(async () => await context.close());
      context.setDefaultTimeout(withinMs / 2);
      const page = await context.newPage();
      await page.goto(`${url}/dashboard/${PLACE}`);
      return page;
    };
    it("is said two minutes before, and who signs in anew at the provider is where they were", async () => {
      const { now, skip } = createClock();
      const life = WARNED_MS + 5 * SECOND_MS;
      const { dashboard, people, oidc } = await startSigning(
        { ada: ["operators"] },
        { now, life, page: builtDashboard },
      );
      people.user = "ada";
      const page = await open(dashboard.url);
      await page.getByRole("link", { name: "Sign in with your organisation" }).press("Enter");
      await isBack(page);
      const end = (await endOf(page)) ?? 0;
      const banner = page.getByText(/^Your session ends at \d\d:\d\d:\d\d\./);
      await banner.waitFor();
      // Not sooner: the page hears the gate's clock a little late.
      expect(await page.evaluate<number>("Date.now()")).toBeGreaterThan(end - WARNED_MS - SECOND_MS);

      // The next one is long, so that nothing is said of it.
      const { admin, config } = dashboard;
      (await admin.prepare({ ...config, oidc: { ...oidc, life: HOUR_MS } }))();
      await page.getByRole("link", { name: "Sign in again now; the page comes back" }).press("Enter");
      await expect
        .poll(async () => (await endOf(page).catch(() => null)) ?? 0, patience)
        .toBeGreaterThan(end);
      await isBack(page);
      expect(await banner.count()).toBe(0);

      // It ends, and is not renewed.
      skip(HOUR_MS);
      await page.getByText("You are signed out: your session has ended").waitFor();
      await page.getByRole("link", { name: "Sign in with your organisation" }).press("Enter");
      await isBack(page);
    });

    it("is said to who signed in with a token, and who does so again is where they were", async () => {
      const { now, skip } = createClock();
      const { url } = await openDashboard({ now, page: builtDashboard });
      const page = await open(url);
      const signIn = async (): Promise<void> => {
        await page.getByLabel("Admin token").waitFor();
        await page.keyboard.type(TOKENS.operator);
        await page.keyboard.press("Enter");
        await isBack(page);
      };
      await signIn();
      const banner = page.getByText(/^Your session ends at \d\d:\d\d:\d\d\./);
      expect(await banner.count()).toBe(0);
      // A working day, in which it is used.
      const leftMs = async (): Promise<number> => ((await endOf(page)) ?? 0) - Date.now();
      while ((await leftMs()) > WARNED_MS + 25 * MINUTE_MS) skip(25 * MINUTE_MS);
      skip((await leftMs()) - WARNED_MS - 2 * SECOND_MS);
      await page.reload();
      await banner.waitFor();
      await isBack(page);
      await page.getByRole("button", { name: "Sign in again with your token." }).press("Enter");
      await signIn();
      expect(await banner.count()).toBe(0);
      expect(await leftMs()).toBeGreaterThan(7 * HOUR_MS);
    });

    it("is told by the gate's clock, where this machine's is wrong", async () => {
      const { url } = await openDashboard({ page: builtDashboard });
      const page = await open(url);
      await page.clock.setSystemTime(Date.now() + 8 * HOUR_MS - MINUTE_MS);
      await page.getByLabel("Admin token").waitFor();
      await page.keyboard.type(TOKENS.operator);
      await page.keyboard.press("Enter");
      await page.getByText(/^The gateway's clock is .* behind this machine's/).waitFor();
      await expect.poll(() => page.getByText("Your session ends").count(), patience).toBe(0);
    });
  },
);

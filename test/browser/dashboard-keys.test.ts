import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";

import { launchChromium, runsBrowserTests } from "./chromium.ts";
import { type DashboardGate, startDashboardGate } from "./dashboard-gate.ts";

/** On a machine that does much else at the time. */
const withinMs = 120_000;
const patience = { timeout: withinMs / 2 };

/** Two frames: whatever was left to the next one has happened. */
const DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))";

describe.runIf(runsBrowserTests)(
  "keys and clicks on the dashboard, as quick as they can be, in Chromium",
  { timeout: withinMs },
  () => {
    let gate: DashboardGate;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;

    const focused = (): Promise<string> =>
      page.evaluate(
        `document.activeElement.getAttribute("aria-label") ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent ?? ""`,
      );
    /** Sent together, each of them another key: what one leads to has to be there for the next. */
    const press = async (...keys: readonly string[]): Promise<void> => {
      await Promise.all(keys.map((key) => page.keyboard.press(key)));
    };
    const goTo = (hash: string): Promise<void> => page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    const activeRow = (): Promise<string> =>
      page.evaluate(
        `document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))?.textContent ?? ""`,
      );
    /** The page of somebody's connection. */
    const visit = async (user: string): Promise<void> => {
      await gate.connect(user);
      await goTo(`#/connections?user=${user}`);
      await page.getByRole("grid", { name: "Open connections" }).getByText(user, { exact: true }).click();
      await page.getByRole("heading", { level: 1, name: user }).waitFor();
      await page.getByText(/^open for/).waitFor();
    };
    /** Has answers to these calls wait. Answers what lets them go, and those that came. */
    const hold = async (url: string): Promise<{ readonly asked: Request[]; go(): void }> => {
      const asked: Request[] = [];
      const gone = Promise.withResolvers<void>();
      await page.route(url, async (route) => {
        asked.push(route.request());
        await gone.promise;
        await route.continue();
      });
      onTestFinished(async () => {
        gone.resolve();
        await page.unroute(url);
      });
      return { asked, go: () => gone.resolve() };
    };

    beforeAll(async () => {
      [gate, browser] = await Promise.all([startDashboardGate(), launchChromium()]);
      for (const user of ["ann", "ben", "cas"]) await gate.connect(user);
      context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: "reduce" });
      context.setDefaultTimeout(withinMs / 2);
      page = await context.newPage();
      await page.goto(`${gate.adminUrl}/dashboard/#/connections`);
    }, withinMs);
    afterAll(async () => {
      await page?.unrouteAll({ behavior: "wait" });
      await browser?.close();
      await gate?.close();
    }, withinMs);

    it("has a token that is not right written over, and whoever signs in be at the head of the view", async () => {
      await page.getByLabel("Admin token").waitFor();
      await page.keyboard.type("this is not the right token");
      await page.keyboard.press("Enter");
      await page.getByText("The token is not right.").waitFor();
      await page.keyboard.type(await gate.token("operator"));
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Connections" }).waitFor();
      expect(await focused()).toBe("Connections");
    });

    describe("who is signed in", () => {
      beforeEach(async () => {
        await goTo("#/connections");
        await page
          .getByRole("grid", { name: "Open connections" })
          .getByText("ann", { exact: true })
          .waitFor();
      });

      it("does nothing that nobody has read, by a key that is held down or pressed once more than was meant", async () => {
        const { asked, go } = await hold("**/sessions/kill");
        go();
        await visit("dora");
        const dialog = page.getByRole("dialog", { name: "Close this connection?" });
        const button = page.getByRole("button", { name: "Close…" });
        await button.focus();
        for (let count = 0; count < 4; count += 1) await page.keyboard.down("Enter");
        await page.keyboard.up("Enter");
        await dialog.waitFor();
        expect(await focused()).toBe("Close this connection?");
        await press("Escape", "Enter");
        await press("Enter");
        await dialog.waitFor();
        expect(await focused()).toBe("Close this connection?");
        // Whoever has come to the reason has read what will happen.
        await press("Tab", "x", "Enter");
        await page.getByText(/^ended/).waitFor();
        expect(asked.map((request) => request.postDataJSON())).toMatchObject([{ reason: "x" }]);
        // What could be done is not there any more.
        await expect.poll(focused, patience).toBe("dora");
      });

      it("does what is asked for twice once, and has it tried again from where one is", async () => {
        const { asked, go } = await hold("**/sessions/kill");
        await visit("egon");
        await page.getByRole("button", { name: "Close…" }).press("Enter");
        const button = page.getByRole("button", { name: "Close it" });
        await button.focus();
        await press("Enter", "Space");
        expect(await focused()).toBe("Close it");
        go();
        await page.getByText(/^ended/).waitFor();
        expect(asked).toHaveLength(1);

        await visit("greta");
        await page.route("**/kill", (route) => route.fulfill({ status: 503, json: { error: "not now" } }));
        await page.getByRole("button", { name: "Close…" }).press("Enter");
        await button.press("Enter");
        await page.getByRole("alert").getByText("Not now.").waitFor();
        await page.unroute("**/kill");
        await page.keyboard.press("Enter");
        await page.getByText(/^ended/).waitFor();
      });

      it("leaves the dialog alone that one is at, when what was asked for in another is done", async () => {
        const { asked, go } = await hold("**/sessions/kill");
        await visit("fritz");
        await page.getByRole("button", { name: "Close…" }).press("Enter");
        await page.getByRole("button", { name: "Close it" }).press("Enter");
        await expect.poll(() => asked.length, patience).toBe(1);
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Ban the address…" }).press("Enter");
        const [done] = await Promise.all([
          page.waitForResponse("**/sessions/kill"),
          Promise.resolve().then(go),
        ]);
        await done.finished();
        await page.getByText(/^ended/).waitFor();
        await page.evaluate(DRAWN);
        expect(await page.getByRole("dialog", { name: "Ban this address?" }).count()).toBe(1);
        await page.keyboard.press("Escape");
      });

      it("takes a key for what the one before led to, and leads back to the row that one came from", async () => {
        const grid = page.getByRole("grid", { name: "Open connections" });
        await grid.focus();
        await press("ArrowDown", "ArrowDown", "Enter", "Tab");
        await page.getByText(/^open for/).waitFor();
        expect(await focused()).toBe("Its conversation in the journal");
        const user = await page.getByRole("heading", { level: 1 }).innerText();
        await page.goBack();
        await expect.poll(focused, patience).toBe("Open connections");
        expect(await activeRow()).toContain(user);
        await press("ArrowDown", "Enter");
        await page.getByText(/^open for/).waitFor();
        const next = await page.getByRole("heading", { level: 1 }).innerText();
        expect(next).not.toBe(user);
        await page.getByRole("link", { name: "All connections" }).press("Enter");
        await expect.poll(focused, patience).toBe("Open connections");
        expect(await activeRow()).toContain(next);
      });

      it("orders a list as often as it is told to, by who stays at its title", async () => {
        const title = page.getByRole("columnheader", { name: "User" });
        await title.getByRole("button").focus();
        await press("Enter", "Space");
        await expect.poll(() => title.getAttribute("aria-sort"), patience).toBe("descending");
        expect(await focused()).toBe("User");
        await press("Enter");
        await expect.poll(() => title.getAttribute("aria-sort"), patience).toBe("ascending");
        await expect.poll(() => page.getByRole("row").nth(1).innerText(), patience).toContain("ann");
      });

      it("loses nothing that is typed while a filter or a search is told", async () => {
        const field = page.getByRole("search").getByLabel("User");
        await field.focus();
        await page.keyboard.type("mal ");
        await expect.poll(() => page.url(), patience).toContain("user=mal");
        await page.evaluate(DRAWN);
        await page.keyboard.type("ory");
        expect(await field.inputValue()).toBe("mal ory");
        // Whoever goes on has told it.
        await page.keyboard.press("Tab");
        expect(page.url()).toContain("user=mal+ory");
        await page.getByRole("button", { name: "Show all connections" }).click();
        await expect.poll(() => field.inputValue(), patience).toBe("");
        const { asked, go } = await hold("**/journal/search?*");
        await goTo("#/journal");
        const text = page.getByRole("search").getByLabel("Text");
        await text.focus();
        await page.keyboard.type("ab");
        await press("Enter", "c");
        await page.evaluate(DRAWN);
        expect(await text.inputValue()).toBe("abc");
        expect(page.url()).toContain("text=ab");
        // Something else is looked for though the first search has no answer yet, and the same is not.
        await page.keyboard.press("Enter");
        await page.keyboard.press("Enter");
        expect(page.url()).toContain("text=abc");
        go();
        await expect
          .poll(() => asked.map((request) => new URL(request.url()).searchParams.get("text")), patience)
          .toEqual(["ab", "abc"]);
      });

      it("opens the row that was pressed, though others have come before it meanwhile", async () => {
        await goTo("#/attacks?guard=origin");
        const rows = page.getByRole("grid", { name: "Incidents, the newest first" }).getByRole("row");
        const first = rows.and(page.locator("[aria-rowindex='2']"));
        const idOf = (): Promise<string | null> => first.getAttribute("id");
        await first.hover();
        await page.mouse.down();
        const pressed = await idOf();
        await expect.poll(idOf, patience).not.toBe(pressed);
        await page.mouse.up();
        await expect.poll(() => page.url(), patience).toContain("#/attacks/");
        const [, incident = ""] = /#\/attacks\/([^?]+)/.exec(page.url()) ?? [];
        expect(pressed).toContain(incident);
      });

      it("leads from a group to what is in it, and back to the group", async () => {
        await goTo("#/attacks?by=guard");
        const groups = page.getByRole("grid", { name: /^Incidents by guard/ });
        await groups.focus();
        await press("ArrowDown", "Enter");
        await page.getByRole("grid", { name: /^Incidents, the newest/ }).waitFor();
        expect(await focused()).toBe("Attacks");
        await page.goBack();
        await expect.poll(focused, patience).toMatch(/^Incidents by guard/);
        expect(await activeRow()).toContain("origin");
      });

      it("shows the view that was asked for last, in whatever order views come", async () => {
        const { asked, go } = await hold("**/assets/scans-*.js");
        await goTo("#/scans");
        await expect.poll(() => asked.length, patience).toBe(1);
        await goTo("#/policy");
        const heading = page.getByRole("heading", { level: 1 });
        await heading.filter({ hasText: "Policy" }).waitFor();
        const [came] = await Promise.all([
          page.waitForResponse("**/assets/scans-*.js"),
          Promise.resolve().then(go),
        ]);
        await came.finished();
        await page.evaluate(DRAWN);
        expect(await heading.innerText()).toBe("Policy");
        await page.getByRole("link", { name: "Scans" }).press("Enter");
        await page.getByText("Drop a report here").waitFor();
        expect(await focused()).toBe("Scans");
      });

      it("says to whoever signs out no more than that, and that it is not done where it is not", async () => {
        await page.route("**/dashboard/session", (route) => route.abort());
        await page.getByRole("button", { name: "Sign out" }).press("Enter");
        await page.getByText("could not be told").waitFor();
        await page.unroute("**/dashboard/session");
        await page.reload();
        await page.getByRole("button", { name: "Sign out" }).press("Enter");
        await page.getByText("You are signed out.", { exact: true }).waitFor();
        expect(await focused()).toContain("Admin token");
      });
    });
  },
);

import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { startTrading } from "../../examples/trading/server.ts";
import { tradingConfig } from "../../examples/trading/trading-config.ts";
import { runsBrowserTests } from "./chromium.ts";
import { type ExampleStage, setExampleStage, withinMs } from "./example-stage.ts";

async function tryWhatDoesNotGo(page: Page): Promise<void> {
  await page.locator("summary").press("Enter");
}

/** On a busy machine a page comes late. */
const patience = { timeout: withinMs / 2 };

describe.runIf(runsBrowserTests)(
  "the trading desk behind the gate, in Chromium (name its path in CHROMIUM)",
  { timeout: withinMs },
  () => {
    let stage: ExampleStage;

    beforeAll(async () => {
      const { config, beside, ports } = tradingConfig;
      stage = await setExampleStage({
        config,
        beside,
        ports: { ...ports, application: ports.desk },
        // Long enough that no token ends while a test looks.
        start: (port) => startTrading(port, { connection: 290, message: 290 }),
      });
    }, withinMs);
    afterEach(async () => await stage.leave(), withinMs);
    afterAll(async () => await stage?.close(), withinMs);

    /** What the gate's log says about the incident that a page shows. */
    async function whyOf(page: Page): Promise<string> {
      const refusal = page.locator("#log .refused").last();
      await refusal.waitFor();
      const incident = /Incident (\S+)\./.exec(await refusal.innerText())?.[1] ?? "none";
      const why = (): string | undefined =>
        stage.said.find((line) => line.includes(`[incident ${incident}]`));
      await expect.poll(why, patience).toBeDefined();
      return why() ?? "";
    }

    it("shows a live book, carries an order out, and a statement without card and account numbers", async () => {
      const ann = await stage.visit("ann");
      await expect
        .poll(() => ann.locator("#bids tr:first-child td:last-child").innerText(), patience)
        .toMatch(/^\d+$/);
      await expect
        .poll(async () => Number.parseInt(await ann.locator("#rate").innerText(), 10), patience)
        .toBeGreaterThan(0);
      // A price that is above whatever the market wandered to meanwhile.
      await ann.getByLabel("Price, at best").fill("9999");
      await ann.getByLabel("Shares", { exact: true }).press("Enter");
      await ann.getByText(/You bought 10 at \d+\.\d\d\./).waitFor();
      await ann.getByRole("button", { name: "Statement" }).press("Enter");
      const statement = ann.locator("#log pre");
      await statement.waitFor();
      const text = await statement.innerText();
      expect(text).toContain("Shares: 10");
      expect(text).toContain("Paid in by card **** **** **** 1111, 100000.00");
      expect(text).not.toMatch(/4111|3704/);
      await expect
        .poll(() => stage.said.filter((line) => line.includes("leak.redacted")).join("\n"), patience)
        .toMatch(/card: 1.*iban: 1/);
      const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await ann.evaluate(overflow)).toBe(0);
      expect(stage.problems).toEqual([]);
    });

    it("refuses an order without a token, and lets the page come back by itself (CWE-287)", async () => {
      const ann = await stage.visit("ann");
      await tryWhatDoesNotGo(ann);
      await ann.getByRole("button", { name: "Without a token" }).press("Enter");
      expect(await whyOf(ann)).toContain("messageToken.missing");
      await ann.getByText("Whether your order of 10 was carried out is not known").waitFor();
      await ann.getByText("connected over wss").waitFor();
      expect(stage.problems).toEqual([]);
    });

    it("refuses an order with the token of somebody else, which was good for its owner (CWE-294)", async () => {
      const [ann, mallory] = [await stage.visit("ann"), await stage.visit("mallory")];
      const token = await ann.evaluate(`fetch("/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ for: "message" }),
    }).then((answer) => answer.json()).then(({ token }) => token)`);
      for (const page of [ann, mallory]) {
        await tryWhatDoesNotGo(page);
        await page.getByLabel("Price, at best").fill("9999");
        await page.getByLabel("Token of somebody else").fill(String(token));
        await page.getByRole("button", { name: "Order with it" }).press("Enter");
      }
      await ann.getByText(/You bought 10 at/).waitFor();
      expect(await whyOf(mallory)).toContain("messageToken.other-user");
      expect(await mallory.getByText(/You bought/).count()).toBe(0);
      // It does not come back by itself: that would help nobody. Whoever uses the keyboard has the button.
      await mallory.getByRole("button", { name: "Connect again" }).press("Enter");
      await mallory.getByText("connected over wss").waitFor();
      expect(stage.problems).toEqual([]);
    });
  },
);

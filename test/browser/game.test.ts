import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { gameConfig } from "../../examples/game/game-config.ts";
import { startGame } from "../../examples/game/server.ts";
import { runsBrowserTests } from "./chromium.ts";
import { type ExampleStage, setExampleStage, withinMs } from "./example-stage.ts";

/** Where a player stands, as their page says it: "You are in column 12, row 31." */
async function rowOf(page: Page): Promise<number> {
  const text = await page.locator("#place").innerText();
  return Number(/row (\d+)/.exec(text)?.[1] ?? Number.NaN);
}

/** How many flags a page says that somebody has. */
function flagsOf(page: Page, name: string): Promise<string> {
  return page
    .getByRole("row", { name: new RegExp(`^${name}\\b`) })
    .getByRole("cell")
    .innerText();
}

/** On a busy machine a page comes late. */
const patience = { timeout: withinMs / 2 };

describe.runIf(runsBrowserTests)(
  "the board behind the gate, in Chromium (name its path in CHROMIUM)",
  { timeout: withinMs },
  () => {
    let stage: ExampleStage;

    beforeAll(async () => {
      const { config, ports } = gameConfig;
      stage = await setExampleStage({
        config,
        ports: { ...ports, application: ports.game },
        start: startGame,
      });
    }, withinMs);
    afterEach(async () => await stage.leave(), withinMs);
    afterAll(async () => await stage?.close(), withinMs);

    it("is played by two on their keyboards, sixty steps a second, and fits a narrow screen", async () => {
      const ann = await stage.visit("ann");
      const ben = await stage.visit("ben");
      await ann.getByRole("row", { name: "ben" }).waitFor();
      await ann.locator("#place:not(:empty)").waitFor();
      await ann.getByLabel("The board").focus();
      const before = await rowOf(ann);
      await ann.keyboard.down("ArrowUp");
      await expect.poll(() => rowOf(ann), patience).toBeLessThan(before - 3);
      await ann.keyboard.up("ArrowUp");
      await ann.keyboard.press("Space");
      await expect.poll(() => flagsOf(ben, "ann"), patience).toBe("1");
      await ben.getByRole("button", { name: "Plant a flag here" }).click();
      await expect.poll(() => flagsOf(ann, "ben"), patience).toBe("1");
      const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
      expect(await ann.evaluate(overflow)).toBe(0);
      expect(stage.problems).toEqual([]);
    });

    it("ends who takes a step that is too long, tells them why, and lets them come back (CWE-602)", async () => {
      const ann = await stage.visit("ann");
      const eve = await stage.visit("eve");
      await eve.getByRole("button", { name: "A step too far" }).click();
      await eve.getByText("You were not allowed to do that, or to be here any longer. (4503)").waitFor();
      const incident = /Incident (\S+)\./.exec(await eve.locator("#notice-text").innerText())?.[1] ?? "none";
      const why = (): string | undefined =>
        stage.said.find((line) => line.includes(`[incident ${incident}]`));
      await expect.poll(why, patience).toContain('permission.message: rule 1 "steps and flags"');
      await ann.getByRole("row", { name: "eve" }).waitFor({ state: "detached" });
      // The focus is on the button: whoever uses the keyboard goes on.
      await eve.keyboard.press("Enter");
      await eve.getByText("connected over wss").waitFor();
      await eve.getByRole("button", { name: "A flag outside" }).click();
      await eve.getByText("(4503)").waitFor();
      expect(await ann.getByText("connected over wss").isVisible()).toBe(true);
      expect(stage.problems).toEqual([]);
    });
  },
);

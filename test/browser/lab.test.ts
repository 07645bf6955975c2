import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { type LabServer, startLabServer } from "../../examples/lab/lab-server.ts";
import { lessons } from "../../examples/lab/lessons.ts";
import { complaintsOf } from "./chat-page.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

/** What a page and a gate may take on a busy machine. */
const withinMs = 120_000;
const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

/** The status that a handshake with the lab's own socket is answered with. */
function knock(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/control`, { headers });
  return new Promise((done, fail) => {
    socket.on("open", () => {
      socket.terminate();
      done(101);
    });
    socket.on("unexpected-response", (request, { statusCode = 0 }) => {
      request.destroy();
      done(statusCode);
    });
    socket.on("error", fail);
  });
}

describe.runIf(runsBrowserTests)(
  "the lab, in Chromium (name its path in CHROMIUM)",
  { timeout: withinMs },
  () => {
    let directory: string;
    let lab: LabServer;
    let browser: Browser;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "sallyport-lab-"));
      [lab, browser] = await Promise.all([
        startLabServer({ port: 0, directory, anyPorts: true }),
        launchChromium(),
      ]);
    }, withinMs);

    afterAll(async () => {
      await browser?.close();
      await lab?.close();
      await rm(directory, { recursive: true, force: true });
    }, withinMs);

    async function visit(width: number): Promise<Page> {
      const context = await browser.newContext({ viewport: { width, height: 740 } });
      context.setDefaultTimeout(withinMs);
      return await context.newPage();
    }

    async function press(page: Page, step: string, button: string): Promise<void> {
      await page.locator(`[data-step="${step}"]`).getByRole("button", { name: button, exact: true }).click();
    }

    it("walks through the first lesson by the page, in all variants, and keeps what is done", async () => {
      const page = await visit(1280);
      const complaints = complaintsOf(page);
      await page.goto(lab.url);
      await page.getByRole("link", { name: "Any page may use it" }).click();
      const came = (step: string, text: string): Promise<void> =>
        page.locator(`[data-step="${step}"] .result`, { hasText: text }).waitFor();
      await press(page, "break", "Start it");
      await page.getByText(/^running the vulnerable application/).waitFor();
      // The visitor signs in at the door; then this page, of another origin, uses their cookie.
      const [door] = await Promise.all([
        page.waitForEvent("popup"),
        page.locator('[data-step="break"]').getByRole("link", { name: "Open its page" }).click(),
      ]);
      await door.getByText("the door is locked").waitFor();
      await press(page, "break", "Attack from this page");
      await came("break", "broken");
      await page.locator('[data-step="break"]').getByText("< the door is OPEN").waitFor();
      await door.close();
      await press(page, "find", "Scan");
      await came("find", "found");
      for (const step of ["code", "gate"]) {
        await press(page, step, "Attack");
        await came(step, "attack stopped");
        await press(page, step, "Scan");
        await came(step, "scan green");
      }
      await page.getByRole("link", { name: "All lessons" }).click();
      await page.getByText("1 of 8 lessons done, 4 of 32 steps").waitFor();
      expect(complaints).toEqual([]);
    });

    it("shows every lesson without a complaint, as narrow as 320 pixels", async () => {
      const page = await visit(320);
      const complaints = complaintsOf(page);
      await page.goto(lab.url);
      await expect.poll(() => page.getByRole("listitem").count()).toBe(8);
      expect(await page.evaluate(overflow)).toBe(0);
      for (const { id, words } of lessons) {
        await page.goto(`${lab.url}/lessons/${id}`);
        await page.getByRole("heading", { name: words.title }).waitFor();
        await page.locator('[data-step="break"] button.main:enabled').waitFor();
        expect([id, await page.evaluate(overflow)]).toEqual([id, 0]);
      }
      expect(complaints).toEqual([]);
    });

    it("takes orders from its own pages alone, and is there under no other name (CWE-1385, DNS rebinding)", async () => {
      const { host } = new URL(lab.url);
      expect(await knock(lab.url, { Origin: lab.url })).toBe(101);
      expect(await knock(lab.url, { Origin: "https://evil.example" })).toBe(403);
      expect(await knock(lab.url, { Origin: lab.url, Host: host.replace("127.0.0.1", "evil.example") })).toBe(
        421,
      );
    });
  },
);

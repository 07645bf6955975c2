import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";

import axe, { type RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { hostileTexts } from "../../packages/sallyport/test/hostile-texts.ts";
import { runsBrowserTests } from "./chromium.ts";
import { type DashboardStage, setDashboardStage, withinMs } from "./dashboard-stage.ts";

const patience = { timeout: withinMs };
const plan = "the plan is blue";

const whole = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  // Best practice beyond WCAG: everything is in a landmark.
  rules: { region: { enabled: true } },
  resultTypes: ["violations"],
} satisfies RunOptions;
/** In the dark a page is built as in the light: nothing but its colours is another. */
const colours = {
  runOnly: { type: "rule", values: ["color-contrast"] },
  resultTypes: ["violations"],
} satisfies RunOptions;

/** What axe-core finds against WCAG 2.2 AA. */
async function faultsOf(page: Page, looks: RunOptions = whole): Promise<readonly string[]> {
  // Once is enough for a page.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axe.source);
  return await page.evaluate(async (options) => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(options);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`,
    );
  }, looks);
}

/** By how much the page is wider than its window, pixels. */
/** What stands out of the window at the right, where the page can be scrolled there. */
const STANDING_OUT = `(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth ? [] : [
  scrollWidth + " in " + clientWidth,
  ...[...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth)
    .map((element) => element.tagName + "." + element.className + ": " + element.textContent.slice(0, 40)),
])(document.documentElement)`;

/** Waits until the page fits its window: what is drawn in two steps may be wider in between. */
async function untilItFits(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(STANDING_OUT), patience).toEqual([]);
}

describe.runIf(runsBrowserTests)(
  "the dashboard's journal, policy and scans, in Chromium, under traffic and an attack",
  { timeout: 2 * withinMs },
  () => {
    let stage: DashboardStage;
    beforeAll(async () => {
      stage = await setDashboardStage();
    }, 2 * withinMs);
    afterEach(async () => {
      await stage.leave();
      const problems = stage.problems.splice(0);
      if (problems.length > 0) throw new Error(problems.join("\n"));
    }, withinMs);
    afterAll(async () => await stage?.close(), withinMs);

    const sessionOf = (at: number): string => stage.sessions[at] ?? "";

    it("finds what was refused, by keyboard alone, and shows why", async () => {
      const page = await stage.visit("operator", "#/journal");
      await page.getByText("Say what you look for").waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.getByLabel("Verdict").selectOption("refuse");
      await page.getByLabel("User").press("Enter");
      const table = page.getByRole("grid", { name: "Records of the journal" });
      await table.getByText("origin.foreign").first().waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await table.focus();
      await table.press("ArrowDown");
      await table.press("Enter");
      await page.getByRole("heading", { name: "Conversation" }).waitFor();
      await page.getByText("To allow it:").first().waitFor();
      expect(await page.getByRole("listitem").filter({ hasText: "evil.example" }).count()).toBe(1);
      expect(await faultsOf(page)).toEqual([]);
    });

    it("shows a session as a conversation, and its contents to an investigator with a reason, which is recorded", async () => {
      const page = await stage.visit("investigator", `#/journal/${sessionOf(0)}`);
      await page.getByText("shown only with a reason").first().waitFor();
      const turns = page.getByRole("list", { name: "Records of the session, in their order" });
      expect(await turns.innerText()).not.toContain(plan);
      await page.getByRole("button", { name: "Read what was said…" }).press("Enter");
      expect(await faultsOf(page)).toEqual([]);
      await page.keyboard.type("ticket 4711");
      await page.keyboard.press("Enter");
      await turns.getByText(plan).first().waitFor();
      const text = await turns.innerText();
      expect(text).toContain('"room": "blue"');
      expect(text).toContain("00000000  00 01 02 ff");
      expect(text).toContain("leak.redacted");
      expect(await page.locator(".turn-in").count()).toBeGreaterThan(2);
      expect(await page.locator(".turn-out").count()).toBeGreaterThan(2);
      expect(await faultsOf(page)).toEqual([]);
      expect(page.url()).not.toContain("4711");
      const readings = JSON.stringify(await stage.api("GET /journal/search?type=journal"));
      expect(readings).toContain(`show ${sessionOf(0)}`);
      expect(readings).toContain("ticket 4711");
    });

    it("shows hostile contents and names inert, a megabyte in a line among them", async () => {
      const page = await stage.visit("admin", `#/journal/${sessionOf(2)}`);
      await page.getByRole("button", { name: "Read what was said…" }).click();
      await page.keyboard.type("a test");
      await page.keyboard.press("Enter");
      const read = (): Promise<string> => page.locator("main").innerText();
      for (const inert of ["\\u{202e}", "<script>alert(1)</script>", "\\u{1b}"])
        await expect.poll(read, patience).toContain(inert);
      const shown = await read();
      for (const active of ["\u001b", "\u202e", "\u0007"]) expect(shown).not.toContain(active);
      expect(await page.locator("main img, main script, main svg[onload]").count()).toBe(0);
      expect(await page.title()).toBe("Journal · Sallyport");
      const long = page.locator(".turn").filter({ hasText: "1 MiB" }).first();
      await long
        .getByRole("button", { name: /more characters/ })
        .first()
        .click();
      await untilItFits(page);
      expect(await faultsOf(page)).toEqual([]);
      expect(hostileTexts.length).toBeGreaterThan(20);
    });

    it("shows a viewer no content, and takes the view from a role that was lowered", async () => {
      const page = await stage.visit("viewer", `#/journal/${sessionOf(0)}`);
      await page.getByText("your role does not open").waitFor();
      expect(await page.getByRole("button", { name: "Read what was said…" }).count()).toBe(0);
      expect(await page.locator("main").innerText()).not.toContain(plan);
      const answer = await stage.api(`GET /journal/sessions/${sessionOf(0)}?reason=please`, "viewer");
      expect(JSON.stringify(answer)).not.toContain(plan);
      const investigator = await stage.visit("investigator", `#/journal/${sessionOf(0)}`);
      await investigator.getByRole("button", { name: "Read what was said…" }).click();
      await investigator.keyboard.type("a test");
      await investigator.keyboard.press("Enter");
      await investigator.getByText(plan).first().waitFor();
      await stage.setRoles({ investigator: "viewer" });
      onTestFinished(() => stage.setRoles({}));
      await expect.poll(() => investigator.locator("body").innerText(), patience).not.toContain(plan);
    });

    it("verifies the chain, and exports what was found", async () => {
      const page = await stage.visit("operator", `#/journal?session=${sessionOf(1)}`);
      await page.getByRole("grid", { name: "Records of the journal" }).waitFor();
      const status = page.getByRole("region", { name: "State of the journal" });
      await status.getByRole("button", { name: "Verify" }).press("Enter");
      await status.getByText("sound", { exact: true }).waitFor();
      await status.locator("summary").press("Enter");
      await status.getByText("sallyport/journal/").first().waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.getByRole("button", { name: "Export…" }).press("Enter");
      expect(await faultsOf(page)).toEqual([]);
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Export", exact: true }).press("Enter"),
      ]);
      const file = await saved.path();
      const lines = (await readFile(file, "utf8")).trim().split("\n");
      expect(lines.length).toBeGreaterThan(3);
      expect(lines.every((line) => JSON.parse(line).session === sessionOf(1))).toBe(true);
    });

    it("says that the journal's key is missing, and what is known without it, until it is back", async () => {
      const key = join(stage.directory, "journal.key");
      await rename(key, `${key}.away`);
      const page = await stage.visit("admin", `#/journal?session=${sessionOf(0)}`);
      await page.getByText("The journal’s key is missing").waitFor();
      await page.getByText("it can be verified").first().waitFor();
      await page.getByText("Nothing could be shown").waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await rename(`${key}.away`, key);
      await page.getByText("The journal’s key is missing").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("grid", { name: "Records of the journal" }).waitFor();
    });

    it("shows the policy in force, what observing guards would have refused, and what a changed one would", async () => {
      const page = await stage.visit("admin", "#/policy");
      const route = page.getByRole("region", { name: "Guards of /chat" });
      await route.getByText("inbound").waitFor();
      expect(await route.getByRole("row").filter({ hasText: "messageSize" }).innerText()).toContain("2MiB");
      expect(await route.getByRole("row").filter({ hasText: "permission" }).innerText()).toContain("observe");
      const observed = page.getByRole("region", { name: "Observed refusals" });
      await observed.getByText("permission.message").waitFor();
      expect(await faultsOf(page)).toEqual([]);
      const enforced = (await readFile(join(stage.directory, "sallyport.yaml"), "utf8")).replace(
        '"mode":"observe",',
        "",
      );
      await page.getByLabel("Configuration, as YAML").fill(enforced);
      await page.getByLabel("Reason, to read contents").fill("before it is enforced");
      await page.getByLabel("Reason, to read contents").press("Enter");
      await page.getByText(/refused now that passed then/).waitFor();
      const difference = page.getByRole("region", { name: "What stands otherwise in the policy" });
      expect(await difference.getByRole("row").nth(1).innerText()).toMatch(
        /permission mode\s+observe\s+enforce/,
      );
      const changes = page.getByRole("region", { name: "What would be decided otherwise" });
      await changes.getByText("permission.message").first().waitFor();
      expect(await faultsOf(page)).toEqual([]);
    });

    it("reads a report of a scan without sending it anywhere, and shows what is hostile in it inert", async () => {
      const page = await stage.visit("viewer", "#/scans");
      await page.getByText("Drop a report here").waitFor();
      expect(await faultsOf(page)).toEqual([]);
      const sent: string[] = [];
      page.on("request", (request) => sent.push(`${request.method()} ${request.url()}`));
      const give = (name: string, text: string): Promise<void> =>
        page
          .locator("input[type=file]")
          .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
      await give("broken.json", "{");
      await page.getByText("It is no JSON").waitFor();
      await give("report.json", JSON.stringify(report));
      await page.getByRole("heading", { name: "Any page may connect" }).waitFor();
      expect(await page.getByRole("region", { name: "Findings of severity high" }).count()).toBe(1);
      await page.getByText("Evidence, and how to see it again").first().press("Enter");
      const shown = await page.locator("main").innerText();
      expect(shown).toContain("<img src=x onerror=alert(1)>");
      expect(shown).toContain("\\u{1b}[2J");
      expect(shown).toContain("it needs a token");
      expect(await page.locator("main img").count()).toBe(0);
      await untilItFits(page);
      expect(await faultsOf(page)).toEqual([]);
      expect(sent.filter((call) => !call.includes("/dashboard/session"))).toEqual([]);
    });

    it("fits a narrow window, in light and in dark", async () => {
      const viewport = { width: 360, height: 740 };
      const page = await stage.visit("admin", "#/journal?type=decision", { viewport, colorScheme: "light" });
      const look = async (name: string): Promise<void> => {
        await untilItFits(page);
        expect([name, await faultsOf(page)]).toEqual([name, []]);
        await page.emulateMedia({ colorScheme: "dark" });
        expect([name, await faultsOf(page, colours)]).toEqual([name, []]);
        await page.emulateMedia({ colorScheme: "light" });
      };
      await page.getByRole("grid", { name: "Records of the journal" }).waitFor();
      await look("journal");
      for (const [hash, ready] of [
        [`#/journal/${sessionOf(0)}`, ".turn"],
        ["#/policy", ".policy-route .plain-table"],
        ["#/scans", ".drop-zone"],
      ] as const) {
        await page.goto(`${stage.adminUrl}/dashboard/${hash}`);
        await page.locator(ready).first().waitFor();
        await look(hash);
      }
    });
  },
);

const report = {
  version: 1,
  scanner: "0.1.0",
  target: "ws://127.0.0.1:8080/chat",
  startedAt: "2026-11-30T09:00:00.000Z",
  durationMs: 12_345,
  connections: 210,
  endedEarly: null,
  findings: [
    {
      check: "accepts-foreign-origin",
      group: "origin",
      severity: "high",
      confidence: "certain",
      title: "Any page may connect",
      detail: `<img src=x onerror=alert(1)> ${"y".repeat(5000)}`,
      evidence: [{ about: "a foreign page", lines: ["> GET /chat", "< \u001b[2J 101 \u202e"] }],
      reproduce: "sallyport-scan ws://127.0.0.1:8080/chat --only accepts-foreign-origin",
      remedy: { summary: "Check the Origin.", sallyport: "origin:\n  allow: [https://app.example.com]" },
      references: { cwe: [1385], rfc: ["RFC 6455 10.2"] },
    },
  ],
  passed: [{ check: "masks", group: "frames", title: "Unmasked frames are refused", reason: "" }],
  notTested: [{ check: "slow", group: "limits", title: "Slow readers", reason: "it needs a token" }],
  notApplicable: [],
};

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { StateView } from "../../packages/sallyport/src/hosts/dashboard/state-message.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";
import { type DashboardGate, hostileName, hostileOrigin, startDashboardGate } from "./dashboard-gate.ts";

/** On a machine that does much else at the time. */
const withinMs = 120_000;
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const LOOKS = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 860 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 860 } },
  { name: "narrow", colorScheme: "light", viewport: { width: 390, height: 844 } },
] as const;

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violations {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Everything is in a landmark, which is best practice beyond WCAG. */
const WHOLE = { runOnly: WCAG, rules: { region: { enabled: true } }, resultTypes: ["violations"] };
/** In the dark a page is built as in the light: nothing but its colours is another. */
const COLOURS = { runOnly: { type: "rule", values: ["color-contrast"] }, resultTypes: ["violations"] };

/** What is wrong with a page for people who do not see it, or do not see it well (WCAG 2.2 AA). */
async function violationsOf(page: Page, looks: object = WHOLE): Promise<readonly string[]> {
  // The policy of the page forbids it to bring scripts of its own; the debugger may. Once is enough.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(axe);
  const found = await page.evaluate<Violations>(
    `axe.run(document, ${JSON.stringify(looks)}).then(({ violations }) => ({ violations }))`,
  );
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 200)} ${failureSummary.slice(0, 300)}`,
    ),
  );
}

/** Of a gate whose nodes share state through an engine that is away. */
const shared: StateView = {
  engine: {
    where: "redis://engine.example:6379",
    up: false,
    since: new Date(Date.now() - 3_660_000).toISOString(),
    problem: "no answer within 1000 ms",
    outages: 3,
    clockAheadMs: 12,
    unpublished: 2,
    putBack: 0,
    misfits: 0,
    memory: { usedBytes: 95 * 1024 ** 2, limitBytes: 100 * 1024 ** 2, drops: null },
  },
  nodes: [
    {
      name: "gate-a:17",
      isThis: true,
      version: "1.0.0",
      startedAt: new Date(0).toISOString(),
      connections: 1234,
    },
    { name: hostileName, isThis: false, version: "", startedAt: null, connections: 0 },
  ],
  disagreements: [
    {
      about: "key",
      nodes: 1,
      what: "state.redis.keyFile",
      expected: "none as here",
      found: `the key 0123456789abcdef at ${JSON.stringify(hostileName)}`,
      mend: "Put the same file on all nodes",
      sentence: `nodes do not agree on state.redis.keyFile: expected none as here, found the key 0123456789abcdef at ${JSON.stringify(hostileName)}. Put the same file on all nodes.`,
    },
  ],
};

describe.runIf(runsBrowserTests)(
  "the dashboard of a gate that is attacked, in Chromium (name its path in CHROMIUM)",
  { timeout: withinMs },
  () => {
    let gate: DashboardGate;
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;
    const problems: string[] = [];

    const focused = (): Promise<string> =>
      page.evaluate(
        `document.activeElement.getAttribute("aria-label") ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent ?? ""`,
      );
    const tabTo = async (name: string): Promise<void> => {
      for (let tabs = 0; tabs < 60 && (await focused()) !== name; tabs += 1) await page.keyboard.press("Tab");
      expect(await focused()).toBe(name);
    };
    const signIn = async (role: "viewer" | "operator"): Promise<void> => {
      // The field has the focus.
      await page.getByLabel("Admin token").waitFor();
      await page.keyboard.type(await gate.token(role));
      await page.keyboard.press("Enter");
      await page.getByRole("navigation", { name: "Views" }).waitFor();
    };
    const goTo = async (hash: string): Promise<void> => {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    };

    beforeAll(async () => {
      [gate, browser] = await Promise.all([startDashboardGate(), launchChromium()]);
      await gate.connect("ann");
      await gate.connect("ben", "<svg onload=alert(1)>");
      await gate.connect(hostileName);
      await gate.misbehave("eve", '{"type":"say","text":"<script>alert(1)</script>"}');
      await gate.misbehave("eve", "x".repeat(70_000));
      context = await browser.newContext({ viewport: LOOKS[0].viewport, reducedMotion: "reduce" });
      context.setDefaultTimeout(withinMs / 2);
      page = await context.newPage();
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => {
        // What the gate refuses is shown in the page; Chromium writes it into the console besides.
        const isAnswer = /Failed to load resource|WebSocket connection/.test(message.text());
        if (message.type() === "error" && !isAnswer) problems.push(message.text());
      });
    }, withinMs);

    afterAll(async () => {
      await page?.unrouteAll({ behavior: "wait" });
      await browser?.close();
      await gate?.close();
    }, withinMs);

    it("lets in by a token, says what is wrong with another, and is there in less than 100 kB", async () => {
      const requests: Request[] = [];
      const note = (request: Request): void => {
        if (request.url().includes("/dashboard/")) requests.push(request);
      };
      page.on("requestfinished", note);
      await page.goto(`${gate.adminUrl}/`);
      expect(page.url()).toBe(`${gate.adminUrl}/dashboard/`);
      await page.getByLabel("Admin token").waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.type("this is not the right token");
      await page.keyboard.press("Enter");
      await page.getByText("The token is not right.").waitFor();
      await page.getByLabel("Admin token").fill("");
      await page.getByLabel("Admin token").focus();
      await signIn("operator");
      await page.getByRole("img", { name: /^Connections\./ }).waitFor();
      // What comes later would be asked for its size while the browser closes, with nobody to hear the refusal.
      page.off("requestfinished", note);
      const sizes = await Promise.all(requests.map((request) => request.sizes()));
      /** Of what the page is made of, as they were sent. */
      const firstViewBytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
      expect(firstViewBytes).toBeGreaterThan(10_000);
      expect(firstViewBytes).toBeLessThan(100_000);
    });

    it("shows what goes through the gate now, and what does not", async () => {
      await page.getByRole("img", { name: /^Connections\. open: now 3,/ }).waitFor();
      await page.getByRole("img", { name: /^Messages\. in: now [1-9]/ }).waitFor();
      const refused = page.getByRole("region", { name: "Refused by guard" });
      await refused.getByRole("link", { name: "origin" }).waitFor();
      await page.getByRole("rowheader", { name: "/chat" }).waitFor();
      await page.getByText("The last hour in figures").click();
      await page.getByRole("row", { name: /^Latency added, median/ }).waitFor();
      expect(await page.getByRole("region", { name: "Shared state" }).count()).toBe(0);
      // How far back is in the address, and by the keyboard.
      await page.getByLabel("1 h").focus();
      await page.keyboard.press("ArrowLeft");
      await expect.poll(() => page.url()).toContain("span=15");
    });

    it("shows the engine that nodes share, for how long it has been there or away, its memory, and the nodes, all of it inert", async () => {
      // Also in the looks below.
      await page.route("**/state", (route) => route.fulfill({ json: shared }));
      await goTo("#/connections");
      await page.getByRole("grid").waitFor();
      await goTo("#/now");
      const panel = page.getByRole("region", { name: "Shared state" });
      await panel.getByText("redis://engine.example:6379").waitFor();
      const text = await panel.innerText();
      expect(text).toMatch(/Away for\s+1 h \d+/);
      expect(text).toMatch(/95 MiB of 100 MiB, 95 % nearly full/);
      expect(text).toContain("no answer within 1000 ms");
      expect(text).toContain("nodes do not agree on state.redis.keyFile: expected none as here, found");
      expect(text).toContain("mal\\u{202e}ory<img src=x onerror=");
      await panel.getByRole("rowheader", { name: "gate-a:17 this one" }).waitFor();
      await panel.getByRole("row", { name: /^gate-a:17.* 1,234 / }).waitFor();
      expect(await panel.locator("img").count()).toBe(0);
    });

    it("leads by keyboard alone from the list of connections to the end of one of them", async () => {
      await tabTo("Connections");
      await page.keyboard.press("Enter");
      const grid = page.getByRole("grid", { name: "Open connections" });
      await grid.getByText("ann", { exact: true }).waitFor();
      expect(await grid.getAttribute("aria-rowcount")).toBe("4");
      // Whoever is called like that is called like that.
      await grid.getByText("mal\\u{202e}ory<img src=x").waitFor();

      await tabTo("User");
      await page.keyboard.type("ben");
      await page.keyboard.press("Enter");
      await expect.poll(() => page.url()).toContain("user=ben");
      await expect.poll(() => grid.getAttribute("aria-rowcount")).toBe("2");
      await tabTo("Open connections");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "ben" }).waitFor();
      await page.getByRole("img", { name: /^From the client: now (?!0 B )/ }).waitFor();

      await tabTo("Close…");
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: "Close this connection?" });
      await dialog.waitFor();
      expect(await dialog.innerText()).toContain("with the code 4540");
      // As quickly as keys can be pressed: nothing is lost, and nothing is done that was not asked for.
      await Promise.all([page.keyboard.press("Escape"), page.keyboard.press("Enter")]);
      await dialog.waitFor();
      await tabTo("Cancel");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      expect(await focused()).toBe("Close…");
      await page.keyboard.press("Enter");
      await dialog.waitFor();
      await tabTo("Close it");
      await page.keyboard.press("Enter");
      await page.getByText(/^ended/).waitFor();
      await page.keyboard.press("Escape");
    });

    it("keeps what is typed while the filter that was typed before takes effect", async () => {
      await goTo("#/connections");
      await page.getByRole("grid", { name: "Open connections" }).waitFor();
      const shown = await page.evaluate(`new Promise((resolve) => {
        const label = [...document.querySelectorAll("label")].find(({ textContent }) => textContent === "User");
        const type = (text) => {
          label.control.value = text;
          label.control.dispatchEvent(new Event("input", { bubbles: true }));
        };
        history.replaceState = (...all) => {
          delete history.replaceState;
          history.replaceState(...all);
          queueMicrotask(() => type("be"));
          requestAnimationFrame(() => setTimeout(() => resolve(label.control.value), 100));
        };
        type("b");
      })`);
      expect(shown).toBe("be");
      await expect.poll(() => page.url()).toContain("user=be");
    });

    it("says what is wrong with a filter, and what to do where nothing is like it", async () => {
      await goTo("#/connections?address=nowhere");
      await page.getByText("expected an address or a CIDR range", { exact: false }).waitFor();
      expect(await page.getByRole("alert").innerText()).toContain("Change what you asked for");
      await goTo("#/connections?user=nobody");
      await page.getByRole("button", { name: "Show all connections" }).click();
      await page.getByRole("grid", { name: "Open connections" }).getByText("ann", { exact: true }).waitFor();
    });

    it("says of a ban, and of a demand, what will happen before it does", async () => {
      await page.getByRole("grid").getByText("ann", { exact: true }).click();
      await page.getByRole("button", { name: "Ban the address…" }).click();
      const ban = page.getByRole("dialog", { name: "Ban this address?" });
      await ban.getByText("Its 2 open connections are closed with the code 4529.").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Demand a fresh token…" }).click();
      // Without a ticket there is nothing to renew.
      const demand = page.getByRole("dialog", { name: "Demand a fresh token?" });
      await demand.getByText("cannot be renewed in place").waitFor();
      await demand.getByRole("button", { name: "Demand it" }).click();
      await page.getByText("ended: 4401 by the gate").waitFor();
      expect(await page.getByRole("button", { name: "Close…" }).count()).toBe(0);
    });

    it("shows an attack while it happens, put together, and explains each part of it", async () => {
      await goTo("#/attacks");
      await page.getByRole("img", { name: /^Refused in the last hour, by guard:.*origin [1-9]/ }).waitFor();
      await page.getByRole("radio", { name: "By guard" }).check({ force: true });
      const groups = page.getByRole("grid", { name: /^Incidents by guard/ });
      for (const guard of ["origin", "threat", "messageSize", "watch"])
        await groups.getByRole("gridcell", { name: guard, exact: true }).waitFor();
      await groups.getByRole("gridcell", { name: "messageSize", exact: true }).click();
      await page
        .getByRole("grid", { name: /^Incidents, the newest/ })
        .getByText("messageSize.bytes")
        .click();
      await page
        .getByRole("heading", {
          name: /^The connection of eve, at 127\.0\.0\.1, on \/chat was closed \(1009\)/,
        })
        .waitFor();
      await page.getByText("a frame announces 70000 bytes").waitFor();
      await page.getByText("messageSize: { inbound: 128KiB }").waitFor();

      await goTo("#/attacks?guard=origin");
      await page.getByText("origin.foreign").first().click();
      await page.getByText(`origin: { allow: [${hostileOrigin}] }`).waitFor();
      await goTo("#/attacks?guard=watch");
      await page.getByRole("grid").getByText("handshakeScan").first().click();
      await page.getByText("watch.detectors.handshakeScan", { exact: true }).waitFor();
      expect(await page.getByRole("heading", { level: 1 }).innerText()).toContain("127.0.0.1");
    });

    it.each(LOOKS)(
      "can be used by everybody, in every view: $name (WCAG 2.2 AA)",
      async ({ colorScheme, viewport }) => {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.setViewportSize(viewport);
        const looks = colorScheme === "dark" ? COLOURS : WHOLE;
        const found: Record<string, readonly string[]> = {};
        const look = async (name: string, hash: string, there: string): Promise<void> => {
          await goTo(hash);
          await page.getByText(there).first().waitFor();
          found[name] = await violationsOf(page, looks);
          // Nothing is wider than the window, once a chart has drawn itself anew.
          await expect
            .poll(async () => [name, await page.evaluate(`document.documentElement.scrollWidth`)])
            .toEqual([name, viewport.width]);
        };
        await look("now", "#/now", "redis://engine.example:6379");
        await look("connections", "#/connections", "127.0.0.1");
        await look("attacks", "#/attacks", "origin.foreign");
        await look("attacks by address", "#/attacks?by=address", "127.0.0.1");
        await page.getByRole("grid").getByText("127.0.0.1").first().click();
        await page.getByText("origin.foreign").first().click();
        await page.getByText("To allow it", { exact: true }).waitFor();
        found["incident"] = await violationsOf(page, looks);
        await goTo("#/connections");
        await page.getByRole("grid").getByText("mal", { exact: false }).first().click();
        await page.getByText("Who it is").waitFor();
        found["connection"] = await violationsOf(page, looks);
        await page.getByRole("button", { name: "Close…" }).click();
        found["dialog"] = await violationsOf(page, looks);
        await page.keyboard.press("Escape");
        expect(Object.values(found).flat()).toEqual([]);
        expect(Object.keys(found)).toHaveLength(7);
      },
    );

    it("lets nothing act that a peer sent, wherever it is shown", async () => {
      await page.setViewportSize(LOOKS[0].viewport);
      const heading = await page.getByRole("heading", { level: 1 }).innerText();
      expect(heading).toContain("mal\\u{202e}ory<img src=x onerror=");
      expect(await page.locator("img, #page script").count()).toBe(0);
      expect(await page.title()).toBe("Connections · Sallyport");
      expect(await page.evaluate(`document.body.innerText`)).not.toMatch(
        /[[\p{Cc}\u202a-\u202e]--[\t\n\r]]/v,
      );
    });

    it("says that a clock is wrong, and by how much, until it is right again", async () => {
      const other = await context.newPage();
      await other.clock.setSystemTime(Date.now() + 3_600_000);
      await other.goto(`${gate.adminUrl}/dashboard/#/now`);
      await other.getByText(/^The gateway's clock is (1 h|59 min|60 min).* behind this machine's/).waitFor();
      await other.clock.setSystemTime(Date.now());
      const banner = other.getByText("The gateway's clock is");
      await expect.poll(() => banner.count(), { timeout: withinMs / 2 }).toBe(0);
      await other.close();
    });

    it("says that the gate does not answer, and then that one is signed out; what was looked at comes back", async () => {
      await goTo("#/attacks?by=address");
      await page.getByRole("grid").waitFor();
      await gate.stop();
      await page.getByText("The gateway does not answer; trying again.").waitFor();
      // Whoever types on at once types into the field.
      await page.evaluate(`void (globalThis.cameWithFocus = new Promise((resolve) =>
        new MutationObserver((_changes, observer) => {
          const field = document.querySelector("[name=token]");
          if (field === null) return;
          observer.disconnect();
          resolve(document.activeElement === field);
        }).observe(document.body, { childList: true, subtree: true })))`);
      await gate.restart();
      await page.getByText("You are signed out").waitFor();
      expect(await page.evaluate(`cameWithFocus`)).toBe(true);
      await signIn("viewer");
      await page.getByRole("img", { name: /^Refused in the last hour, by guard:.*origin [1-9]/ }).waitFor();
      await page.getByRole("grid", { name: /^Incidents by address/ }).waitFor();
      await page.getByText("does not answer").waitFor({ state: "detached" });
    });

    it("offers to a viewer nothing that they may not do, and signs out", async () => {
      await gate.connect("zoe");
      await goTo("#/connections");
      await page.getByRole("grid").getByText("zoe", { exact: true }).click();
      await page.getByText("sign in with the role operator").waitFor();
      expect(await page.getByRole("button", { name: "Close…" }).count()).toBe(0);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Admin token").waitFor();
      expect(problems).toEqual([]);
    });
  },
);

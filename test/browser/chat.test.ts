import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type Attacker, startAttacker } from "../../examples/chat/attacker/server.ts";
import { chatConfig } from "../../examples/chat/chat-config.ts";
import { type Chat, startChat } from "../../examples/chat/server.ts";
import { type Gate, startGate } from "../../examples/shared/gate.ts";
import { freePort } from "../../examples/shared/loopback.ts";
import { writeConfig } from "../../examples/shared/write-config.ts";
import { complaintsOf, connected, lines, logIn, say } from "./chat-page.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

/** So short that a page renews its proof while a test looks. */
const proofMs = 4000;
/** On a machine that does much else at the time. */
const withinMs = 120_000;

interface Stage {
  readonly directory: string;
  readonly gateUrl: string;
  readonly chat: Chat;
  readonly attacker: Attacker;
  gate: Gate;
  startGate(): Promise<Gate>;
  /** What the gate said, line by line. */
  readonly said: string[];
}

async function setStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-browser-"));
  const [gatePort, adminPort] = [await freePort(0), await freePort(0)];
  const access = (tokenFile: string): { url: string; tokenFile: string } => ({
    url: `http://127.0.0.1:${adminPort}`,
    tokenFile: join(directory, tokenFile),
  });
  const chat = await startChat(0, { proofMs, admin: access("chat.token") });
  const attacker = await startAttacker(0, {
    gate: gatePort,
    chat: chat.port,
    admin: access("attacker-page.token"),
  });
  const { config: original, beside, ports } = chatConfig;
  const taken = new Map([
    [ports.gate, gatePort],
    [ports.admin, adminPort],
    [ports.chat, chat.port],
  ]);
  const configFile = await writeConfig({ original, directory, ports: taken, beside });
  // Nobody is to wait five seconds for the gate to ask.
  const config = await readFile(configFile, "utf8");
  await writeFile(configFile, config.replace("recheck: 5s", "recheck: 1s"));
  const said: string[] = [];
  const onLine = (line: string): void => {
    said.push(line);
    attacker.hear(line);
  };
  const start = (): Promise<Gate> => startGate(configFile, { onLine });
  const gateUrl = `https://localhost:${gatePort}/`;
  return { directory, gateUrl, chat, attacker, gate: await start(), startGate: start, said };
}

async function clearStage({ directory, chat, gate, attacker }: Stage): Promise<void> {
  await gate.stop();
  await Promise.all([chat.close(), attacker.close()]);
  await rm(directory, { recursive: true, force: true });
}

/** Waits until a page is connected again; it is told that the network is back, so that it does not wait as long as it might. */
async function comeBack(page: Page): Promise<void> {
  const state = `dispatchEvent(new Event("online")), document.querySelector("#state").dataset.state`;
  await expect.poll(() => page.evaluate(state), { timeout: withinMs / 2 }).toBe("open");
  await connected(page);
}

/** What the attacker's page shows of a refusal. */
function stopped(reason: string): unknown {
  return expect.stringMatching(new RegExp(`^Stopped: ${reason} · incident [\\w-]{12}$`));
}

describe.runIf(runsBrowserTests)(
  "the chat behind the gate, in Chromium (name its path in CHROMIUM)",
  {
    timeout: withinMs,
  },
  () => {
    let stage: Stage;
    let browser: Browser;
    const contexts: BrowserContext[] = [];

    beforeAll(async () => {
      [stage, browser] = await Promise.all([setStage(), launchChromium()]);
    }, withinMs);

    afterEach(async () => {
      for (const context of contexts.splice(0)) await context.close();
    });

    afterAll(async () => {
      await browser?.close();
      if (stage !== undefined) await clearStage(stage);
    }, withinMs);

    /** Somebody with a browser of their own, who has gone past the warning about the development certificate. */
    async function visitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
      context.setDefaultTimeout(withinMs / 2);
      contexts.push(context);
      return context;
    }

    async function openChat(context: BrowserContext, name: string): Promise<Page> {
      const page = await context.newPage();
      await page.goto(stage.gateUrl);
      await logIn(page, name);
      return page;
    }

    it("goes by keyboard alone: log-in, rooms, lines, and a moderator who removes and lets back in", async () => {
      const page = await (await visitor()).newPage();
      const complaints = complaintsOf(page);
      const ben = await openChat(await visitor({ viewport: { width: 360, height: 640 } }), "ben");
      const benComplaints = complaintsOf(ben);
      const press = async (...keys: string[]): Promise<void> => {
        for (const key of keys) await page.keyboard.press(key);
      };
      const focused = (): Promise<string> =>
        page.evaluate(`document.activeElement.ariaLabel ?? document.activeElement.textContent ?? ""`);
      const tabTo = async (name: string): Promise<void> => {
        for (let tabs = 0; tabs < 20 && (await focused()) !== name; tabs += 1) await press("Tab");
        expect(await focused()).toBe(name);
        // Who goes by keyboard sees where they are.
        expect(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).toBe("solid");
      };

      // The name is asked for, and the message after it, without a Tab.
      await page.goto(stage.gateUrl);
      await page.getByRole("heading", { name: "Chat" }).waitFor();
      await page.keyboard.type("ann");
      await press("Enter");
      await connected(page);
      await page.keyboard.type("Two lines,");
      await press("Shift+Enter");
      await page.keyboard.type("one message");
      await press("Enter");
      await lines(ben, "Two lines,\none message").waitFor();
      expect(await ben.getByText("ann", { exact: true }).count()).toBeGreaterThan(0);

      // Another room, and what was not read in it: counted for ben, who reads the news and does not write them.
      await press("Alt+ArrowDown");
      expect(await page.locator("#room").innerText()).toBe("news");
      await page.keyboard.type("The coffee is ready.");
      await press("Enter");
      await ben.getByRole("button", { name: "news 1 unread" }).click();
      await lines(ben, "The coffee is ready.").waitFor();
      expect(await ben.getByRole("button", { name: "news" }).innerText()).toBe("news");
      expect(await ben.getByLabel("Message", { exact: true }).isDisabled()).toBe(true);
      await ben.getByRole("button", { name: "lobby" }).click();

      // Nothing of ben's phone is wider than it.
      expect(await ben.evaluate(`document.documentElement.scrollWidth`)).toBe(360);
      await ben.getByRole("button", { name: "2 here" }).click();
      await ben.getByRole("button", { name: "Log out" }).waitFor();
      await ben.keyboard.press("Escape");
      expect(await ben.getByRole("button", { name: "Log out" }).isVisible()).toBe(false);

      expect(benComplaints).toEqual([]);

      // Removed, once ann has thought twice: Esc keeps him.
      await press("Alt+ArrowUp");
      await tabTo("Remove ben");
      await press("Enter", "Escape");
      // A dialog tells that it was closed in another turn than it closes.
      await expect.poll(focused).toBe("");
      await tabTo("Remove ben");
      await press("Enter", "Tab", "Enter");
      await ben.getByText("Your access was withdrawn. (4540)").waitFor();
      // His page may have asked for a new proof just then.
      expect(benComplaints.filter((line) => !line.includes("401"))).toEqual([]);
      await page.getByRole("heading", { name: "Here (1)" }).waitFor();
      await ben.keyboard.press("Enter");
      await ben.getByText("your access was withdrawn. (401)").waitFor();
      await tabTo("Let ben back in");
      await press("Enter");
      await page.getByRole("heading", { name: "Removed" }).waitFor({ state: "hidden" });
      await ben.getByRole("button", { name: "Connect again" }).click();
      await connected(ben);

      // All of that over one connection, whose proof was renewed meanwhile.
      await page.getByText(/renewed \d+ ×/).waitFor();
      await say(page, "Still the same connection.");
      await lines(ben, "Still the same connection.").waitFor();
      expect(stage.said.filter((line) => /admitted .* as ann /.test(line))).toHaveLength(1);
      expect(complaints).toEqual([]);
    });

    it("ends who enters a room that is not theirs, tells them why, and lets them come back (CWE-862)", async () => {
      const dora = await openChat(await visitor(), "dora");
      await dora.getByRole("button", { name: "staff not yours: try it" }).click();
      await dora.getByText("You were not allowed to do that, or to be here any longer. (4503)").waitFor();
      const incident = /Incident (\S+)\./.exec(await dora.locator("#notice-text").innerText())?.[1] ?? "none";
      const why = (): string | undefined =>
        stage.said.find((line) => line.includes(`[incident ${incident}]`));
      await expect.poll(why).toContain('permission.message: rule 2 "own rooms"');
      // The focus is on the button: whoever uses the keyboard goes on.
      await dora.getByRole("button", { name: "Connect again" }).waitFor();
      await dora.keyboard.press("Enter");
      await connected(dora);
      expect(await dora.locator("#notice").isVisible()).toBe(false);
    });

    it("keeps a line that the gate refuses, and says that it was not sent (CWE-79)", async () => {
      const finn = await openChat(await visitor(), "finn");
      await say(finn, "<svg onload=alert(1)>");
      await finn.getByText(/The gate did not let through what you sent.*\(4522\)/).waitFor();
      const unsent = finn.getByRole("listitem").filter({ hasText: "not sent" });
      expect(await unsent.innerText()).toContain("<svg onload=alert(1)>");
      await unsent.getByRole("button", { name: "Discard" }).click();
      await unsent.waitFor({ state: "detached" });
    });

    it("comes back when the gate has started anew (1012): nothing is lost, and nothing comes twice", async () => {
      const [eve, ann] = [await openChat(await visitor(), "eve"), await openChat(await visitor(), "ann")];
      const spoken: string[] = [];
      const speak = async (count: number): Promise<void> => {
        for (let one = 0; one < count; one += 1) {
          const text = `line ${spoken.push("")} of eve`;
          spoken[spoken.length - 1] = text;
          await say(eve, text);
        }
      };
      await speak(3);
      const ending = stage.gate.stop();
      await speak(3);
      await ending;
      await eve.getByText("not connected, trying again").waitFor();
      await speak(2);
      await eve.getByText("waits for the connection").last().waitFor();
      stage.gate = await stage.startGate();
      await Promise.all([comeBack(eve), comeBack(ann)]);
      for (const page of [eve, ann]) {
        await lines(page, spoken.at(-1) ?? "").waitFor();
        const heard = await page.getByRole("log").locator(".text").allInnerTexts();
        expect(heard.filter((text) => text.endsWith(" of eve"))).toEqual(spoken);
      }
      await eve.locator("#outbox").waitFor({ state: "hidden" });
      expect(stage.said.some((line) => line.includes("1012 by the gate"))).toBe(true);
    });

    it("stops ten attacks, each of which does its harm where no gate is, and shows why", async () => {
      const context = await visitor();
      const victim = await openChat(context, "vic");
      const complaints = complaintsOf(victim);
      await say(victim, "The key is under the mat.");
      await lines(victim, "The key is under the mat.").waitFor();

      const page = await context.newPage();
      await page.goto(`http://localhost:${stage.attacker.port}/`);
      await page.getByText("The gate stopped 10 of 10.").waitFor();
      const verdicts = async (site: string): Promise<Record<string, string>> =>
        Object.fromEntries(
          await page.locator("#attacks section").evaluateAll(
            (sections, name) =>
              sections.map((section) => {
                const place = section.querySelector(`[data-site="${name}"]`);
                const [outcome, reason] = [".outcome", ".reason"].map(
                  (part) => place?.querySelector(part)?.textContent,
                );
                return [section.getAttribute("data-attack") ?? "", `${outcome}: ${reason}`];
              }),
            site,
          ),
        );
      expect(await verdicts("gate")).toEqual({
        hijack: stopped("403 · origin.foreign"),
        "steal-ticket": stopped("403 · ticket.header"),
        "use-twice": stopped("403 · ticket.invalid"),
        "outlive-login": stopped("4540 · identity.withdrawn"),
        "forge-sender": stopped("4522 · messageSchema.mismatch"),
        pollute: stopped("4522 · threat.hygiene"),
        bury: stopped("1009 · messageSize.bytes"),
        "send-nonsense": stopped("4522 · messageSchema.mismatch"),
        eavesdrop: stopped("4503 · permission.message"),
        "plant-script": stopped("4522 · threat.signature"),
      });
      const { "steal-ticket": needless, ...others } = await verdicts("chat");
      expect(needless).toBe("Not needed: ");
      expect(new Set(Object.values(others))).toEqual(new Set(["Succeeded: "]));
      await page.getByText("The key is under the mat.").waitFor();
      await page.getByText("in a page that inserts it as HTML, it ran.").waitFor();
      await page.getByText("has a moderator now.").waitFor();

      // What went round the gate is there to be read, once, and is nothing but text.
      await victim.getByRole("log").getByText("<svg onload=").waitFor();
      await lines(victim, "I did not write this.").first().waitFor();
      expect(await lines(victim, "I did not write this.").count()).toBe(1);
      expect(await victim.locator("#log svg, #log script").count()).toBe(0);
      expect(complaints).toEqual([]);
    });
  },
);

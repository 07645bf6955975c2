import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { chatConfig } from "../../examples/chat/chat-config.ts";
import { type Hijacker, startHijacker } from "../../examples/chat/hijack/server.ts";
import { type Chat, startChat } from "../../examples/chat/server.ts";
import { type Gate, startGate } from "../../examples/shared/gate.ts";
import { freePort } from "../../examples/shared/loopback.ts";
import { writeConfig } from "../../examples/shared/write-config.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

/** So short that a page renews its proof while a test looks. */
const proofMs = 4000;
const gateName = "Through the gate";
const chatName = "Straight at the chat, round the gate";

interface Stage {
  readonly directory: string;
  readonly configFile: string;
  readonly gateUrl: string;
  readonly chat: Chat;
  gate: Gate;
  readonly hijacker: Hijacker;
  /** What the gate said, line by line. */
  readonly said: string[];
}

async function setStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-browser-"));
  const chat = await startChat(0, { proofMs });
  const [gatePort, admin] = [await freePort(0), await freePort(0)];
  const configFile = await writeConfig({
    original: chatConfig.config,
    directory,
    beside: chatConfig.beside,
    ports: new Map([
      [chatConfig.ports.gate, gatePort],
      [chatConfig.ports.admin, admin],
      [chatConfig.ports.chat, chat.port],
    ]),
  });
  const said: string[] = [];
  const gate = await startGate(configFile, { onLine: (line) => said.push(line) });
  const hijacker = await startHijacker(0, [
    {
      name: gateName,
      page: `https://localhost:${gatePort}/.sallyport/live`,
      socket: `wss://localhost:${gatePort}/chat`,
    },
    { name: chatName, page: `http://localhost:${chat.port}/`, socket: `ws://localhost:${chat.port}/chat` },
  ]);
  return { directory, configFile, gateUrl: `https://localhost:${gatePort}/`, chat, gate, hijacker, said };
}

async function clearStage({ directory, chat, gate, hijacker }: Stage): Promise<void> {
  await gate.stop();
  await Promise.all([chat.close(), hijacker.close()]);
  await rm(directory, { recursive: true, force: true });
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.keyboard.press("Enter");
}

/** The status that a handshake gets. */
async function handshake(
  gateUrl: string,
  headers: Record<string, string>,
  subprotocols: string[] = [],
): Promise<number | undefined> {
  const socket = new WebSocket(`${gateUrl.replace("https:", "wss:")}chat`, subprotocols, {
    headers,
    rejectUnauthorized: false,
  });
  socket.on("error", () => undefined);
  const answer = Promise.withResolvers<number | undefined>();
  socket.once("upgrade", (response) => answer.resolve(response.statusCode));
  socket.once("unexpected-response", (_request, response) => answer.resolve(response.statusCode));
  const status = await answer.promise;
  socket.terminate();
  return status;
}

/** A ticket, fetched as the page fetches it. */
async function ticketOf(page: Page): Promise<string> {
  const ticket = await page.evaluate(`fetch("/.sallyport/ticket", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Sallyport-Request": "1" },
    body: JSON.stringify({ route: "/chat" }),
  }).then((answer) => answer.json()).then(({ ticket }) => ticket)`);
  return String(ticket);
}

describe.runIf(runsBrowserTests)("the chat behind the gate, in Chromium (name its path in CHROMIUM)", () => {
  let stage: Stage;
  let browser: Browser;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launchChromium()]);
  }, 60_000);

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    if (stage !== undefined) await clearStage(stage);
  });

  /** Somebody with a browser of their own, who has gone past the warning about the development certificate. */
  async function visitor(): Promise<BrowserContext> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    contexts.push(context);
    return context;
  }

  async function openChat(context: BrowserContext, name: string, room = "lobby"): Promise<Page> {
    const page = await context.newPage();
    await page.goto(stage.gateUrl);
    await page.getByLabel("Name").fill(name);
    await page.keyboard.press("Enter");
    await page.getByText("connected over wss").waitFor();
    await page.getByRole("button", { name: room }).click();
    await page.locator(`#rooms [aria-current]:text-is("${room}")`).waitFor();
    return page;
  }

  it("carries lines between two visitors over wss", async () => {
    const ann = await openChat(await visitor(), "ann", "staff");
    const cleo = await openChat(await visitor(), "cleo", "staff");
    await say(ann, "Is anybody there?");
    await cleo.getByText("ann: Is anybody there?").waitFor();
    await say(cleo, "Only the two of us. ünïcödé 🏰");
    await ann.getByText("cleo: Only the two of us. ünïcödé 🏰").waitFor();
    expect(await ann.locator("#people").innerText()).toBe("Here: ann, cleo");
  });

  it("renews its proof on the open connection, without a word to the chat", async () => {
    const dora = await openChat(await visitor(), "dora");
    await dora.getByText("renewed 1 ×").waitFor();
    await say(dora, "Still the same connection.");
    await dora.getByText("dora: Still the same connection.").waitFor();
    await expect.poll(() => stage.said.some((line) => / renewed +dora, until /.test(line))).toBe(true);
    expect(stage.said.filter((line) => / admitted .* as dora /.test(line))).toHaveLength(1);
  });

  it("ends who enters a room that is not theirs, tells them why, and lets them come back (CWE-862)", async () => {
    const ben = await openChat(await visitor(), "ben");
    await ben.getByRole("button", { name: "staff (not yours: try it)" }).click();
    await ben.getByText("You were not allowed to do that, or to be here any longer. (4503)").waitFor();
    const incident = /Incident (\S+)\./.exec(await ben.locator("#notice-text").innerText())?.[1] ?? "none";
    const why = (): string | undefined => stage.said.find((line) => line.includes(`[incident ${incident}]`));
    await expect.poll(why).toContain('permission.message: rule 2 "own rooms"');
    // The focus is on the button: whoever uses the keyboard goes on.
    await ben.keyboard.press("Enter");
    await ben.getByText("connected over wss").waitFor();
    expect(await ben.locator("#notice").isVisible()).toBe(false);
  });

  it("refuses the page that hijacks the same chat where no gate is before it (CWE-1385)", async () => {
    const context = await visitor();
    const victim = await openChat(context, "vic");
    await say(victim, "The key is under the mat.");
    await victim.getByText("vic: The key is under the mat.").waitFor();

    const hijack = await context.newPage();
    await hijack.goto(`http://localhost:${stage.hijacker.port}/`);
    const outcomeOf = async (name: string): Promise<string> => {
      const place = hijack.locator(`article[data-target="${name}"]`);
      await place.waitFor();
      return place.innerText();
    };

    const guarded = await outcomeOf(gateName);
    expect(guarded).toContain("Refused");
    const unguarded = await outcomeOf(chatName);
    expect(unguarded).toMatch(/HIJACKED: read \d+ messages/);
    expect(unguarded).toContain("The key is under the mat.");
    const refused = (): string[] => stage.said.filter((line) => line.includes("origin.foreign (403) /chat"));
    await expect.poll(refused).toHaveLength(1);
    expect(await victim.getByText("vic: I did not write this.").count()).toBe(1);
  });

  it("refuses the visitor's cookie alone, and a ticket from a foreign origin (CWE-352, CWE-1385)", async () => {
    const context = await visitor();
    const page = await openChat(context, "vic");
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    expect(cookie).toMatch(/^chat-session=[0-9a-f]{32}$/);
    const origin = stage.gateUrl.replace(/\/$/, "");
    const withTicket = async (): Promise<string[]> => [
      `sallyport.ticket.${await ticketOf(page)}`,
      "sallyport.v1",
    ];
    const offered = await withTicket();
    expect(await handshake(stage.gateUrl, { cookie, origin }, offered)).toBe(101);
    expect(await handshake(stage.gateUrl, { cookie, origin }, offered)).toBe(403);
    expect(await handshake(stage.gateUrl, { cookie, origin })).toBe(403);
    const foreign = { cookie, origin: "https://evil.example" };
    expect(await handshake(stage.gateUrl, foreign, await withTicket())).toBe(403);
    expect(await handshake(stage.gateUrl, { cookie, origin: "null" }, await withTicket())).toBe(403);
    expect(await handshake(stage.gateUrl, { cookie })).toBe(403);
  });

  it("comes back by itself when the gate has started anew (1012)", { timeout: 60_000 }, async () => {
    const eve = await openChat(await visitor(), "eve");
    await stage.gate.stop();
    await eve.getByText(/Trying again in \d+ s\./).waitFor();
    expect(await eve.getByRole("button", { name: "Connect again" }).isVisible()).toBe(false);
    stage.gate = await startGate(stage.configFile, { onLine: (line) => stage.said.push(line) });
    await eve.getByText("connected over wss").waitFor();
    await say(eve, "Here I am again.");
    await eve.getByText("eve: Here I am again.").waitFor();
    expect(stage.said.some((line) => line.includes("1012 by the gate"))).toBe(true);
  });
});

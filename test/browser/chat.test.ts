import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

import { type Gate, startGate, writeConfig } from "../../examples/chat/gate.ts";
import { type Hijacker, startHijacker } from "../../examples/chat/hijack/server.ts";
import { freePort } from "../../examples/chat/loopback.ts";
import { type Chat, startChat } from "../../examples/chat/server.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

const gateName = "Through the gate";
const chatName = "Straight at the chat, round the gate";

interface Stage {
  readonly directory: string;
  readonly gateUrl: string;
  readonly chat: Chat;
  readonly gate: Gate;
  readonly hijacker: Hijacker;
  /** What the gate said, line by line. */
  readonly said: string[];
}

async function setStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-browser-"));
  const chat = await startChat(0);
  const [gatePort, admin] = [await freePort(0), await freePort(0)];
  const configFile = await writeConfig(directory, { gate: gatePort, admin, chat: chat.port });
  const said: string[] = [];
  const gate = await startGate(configFile, (line) => said.push(line));
  const hijacker = await startHijacker(0, [
    {
      name: gateName,
      page: `https://localhost:${gatePort}/.sallyport/live`,
      socket: `wss://localhost:${gatePort}/chat`,
    },
    { name: chatName, page: `http://localhost:${chat.port}/`, socket: `ws://localhost:${chat.port}/chat` },
  ]);
  return { directory, gateUrl: `https://localhost:${gatePort}/`, chat, gate, hijacker, said };
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
async function handshake(gateUrl: string, headers: Record<string, string>): Promise<number | undefined> {
  const socket = new WebSocket(`${gateUrl.replace("https:", "wss:")}chat`, {
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

  async function openChat(context: BrowserContext, name: string, room: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(stage.gateUrl);
    await page.getByText("connected over wss").waitFor();
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Room").fill(room);
    await page.getByRole("button", { name: "Join" }).click();
    await page.getByText(`You are ${name} in ${room}.`).waitFor();
    return page;
  }

  it("carries lines between two visitors over wss", async () => {
    const ada = await openChat(await visitor(), "Ada", "attic");
    const ben = await openChat(await visitor(), "Ben", "attic");
    await say(ada, "Is anybody there?");
    await ben.getByText("Ada: Is anybody there?").waitFor();
    await say(ben, "Only the two of us. ünïcödé 🏰");
    await ada.getByText("Ben: Only the two of us. ünïcödé 🏰").waitFor();
    expect(await ada.locator("#people").innerText()).toBe("Here: Ada, Ben");
  });

  it("refuses the page that hijacks the same chat where no gate is before it (CWE-1385)", async () => {
    const context = await visitor();
    const victim = await openChat(context, "Vic", "cellar");
    await say(victim, "The key is under the mat.");
    await victim.getByText("Vic: The key is under the mat.").waitFor();

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
    expect(stage.said.filter((line) => line.includes("origin.foreign (403) /chat"))).toHaveLength(1);
    expect(await victim.getByText("Vic: I did not write this.").count()).toBe(1);
  });

  it("refuses the visitor's cookie from a foreign origin, and admits it from its own (CWE-1385)", async () => {
    const context = await visitor();
    await openChat(context, "Vic", "cellar");
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    expect(cookie).toMatch(/^chat-session=[0-9a-f]{32}$/);
    const origin = stage.gateUrl.replace(/\/$/, "");
    expect(await handshake(stage.gateUrl, { cookie, origin })).toBe(101);
    expect(await handshake(stage.gateUrl, { cookie, origin: "https://evil.example" })).toBe(403);
    expect(await handshake(stage.gateUrl, { cookie, origin: "null" })).toBe(403);
    expect(await handshake(stage.gateUrl, { cookie })).toBe(403);
  });
});

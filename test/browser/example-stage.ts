import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser, BrowserContext, Page } from "playwright-core";

import { startGate } from "../../examples/shared/gate.ts";
import { freePort } from "../../examples/shared/loopback.ts";
import { writeConfig } from "../../examples/shared/write-config.ts";
import { launchChromium } from "./chromium.ts";

/** What a page and a gate may take on a busy machine. */
export const withinMs = 120_000;

/** What an example is started from. */
export interface StagedExample {
  readonly config: URL;
  readonly beside?: readonly string[];
  /** Of its gate, of the gate's admin API and of its application, as they are written in the configuration. */
  readonly ports: { readonly gate: number; readonly admin: number; readonly application: number };
  start(port: number): Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** An example that runs behind its gate, and a browser. */
export interface ExampleStage {
  readonly gateUrl: string;
  /** What the gate said, line by line. */
  readonly said: string[];
  /** What went wrong in the pages: errors that nobody caught, and everything in the console that is an error. */
  readonly problems: string[];
  /** Somebody with a browser of their own, who is logged in and connected. */
  visit(name: string): Promise<Page>;
  /** Closes the browsers of everybody who has come. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

async function openPage(browser: Browser, stage: Pick<ExampleStage, "gateUrl" | "problems">): Promise<Page> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 360, height: 740 },
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(withinMs);
  const page = await context.newPage();
  page.on("pageerror", (error) => stage.problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") stage.problems.push(message.text());
  });
  await page.goto(stage.gateUrl);
  return page;
}

/** Starts an example, its gate and Chromium. */
export async function setExampleStage(example: StagedExample): Promise<ExampleStage> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-browser-"));
  const application = await example.start(0);
  const { gate, admin, application: written } = example.ports;
  const gatePort = await freePort(0);
  const configFile = await writeConfig({
    original: example.config,
    directory,
    ports: new Map([
      [gate, gatePort],
      [admin, await freePort(0)],
      [written, application.port],
    ]),
    beside: example.beside ?? [],
  });
  const said: string[] = [];
  const [running, browser] = await Promise.all([
    startGate(configFile, { onLine: (line) => said.push(line) }),
    launchChromium(),
  ]);
  const contexts: BrowserContext[] = [];
  const gateUrl = `https://localhost:${gatePort}/`;
  const problems: string[] = [];
  return {
    gateUrl,
    said,
    problems,
    async visit(name) {
      const page = await openPage(browser, { gateUrl, problems });
      contexts.push(page.context());
      await page.getByLabel("Name").fill(name);
      await page.keyboard.press("Enter");
      await page.getByText("connected over wss").waitFor();
      return page;
    },
    async leave() {
      for (const context of contexts.splice(0)) await context.close();
    },
    async close() {
      await browser.close();
      await running.stop();
      await application.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

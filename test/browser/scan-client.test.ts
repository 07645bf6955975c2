import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInClientChecks } from "../../packages/scanner/src/checks/built-in-client-checks.ts";
import { isAtLeast } from "../../packages/scanner/src/severity.ts";
import { testClient } from "../../packages/scanner/test/client-scene.ts";
import { launchChromium, runsBrowserTests } from "./chromium.ts";

describe.runIf(runsBrowserTests)("sallyport-scan --listen, with Chromium as the client", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => await browser?.close());

  it("is opened as a page, which brings every connection, and finds no fault", async () => {
    const page = await browser.newPage();
    // What ends a process is not seen in a page, and what is work is proven elsewhere.
    const light = builtInClientChecks.filter(({ impact = "safe" }) => impact === "safe");
    const listening = Promise.withResolvers<string>();
    const client = (url: string): { end: () => undefined } => {
      listening.resolve(url.replace(/^ws/, "http"));
      return { end: () => undefined };
    };
    const [report] = await Promise.all([
      testClient({ client, settings: { silenceMs: 3000 } }, light),
      listening.promise.then((url) => page.goto(url)),
    ]);
    expect(report.client?.agent).toContain("Mozilla/5.0");
    expect(report.control.origin).toBe(new URL(page.url()).origin);
    expect(report.findings.filter(({ severity }) => isAtLeast(severity, "low"))).toEqual([]);
    expect({ notTested: report.notTested, endedEarly: report.endedEarly }).toEqual({
      notTested: [],
      endedEarly: null,
    });
    await page.close();
  });
});

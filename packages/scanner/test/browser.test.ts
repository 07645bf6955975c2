import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { guardServer } from "../../sallyport/test/hosts/guarded-server.ts";
import { chromiumPath, runsBrowserTests } from "../../../test/browser/chromium.ts";
import { findChromium } from "../src/browser/find-chromium.ts";
import { loadPlaywright } from "../src/browser/load-playwright.ts";
import { builtInFormats } from "../src/formats/built-in-formats.ts";
import type { Report } from "../src/report.ts";
import { runMain } from "./run-main.ts";
import { type Shop, startShop } from "./start-shop.ts";

const ONLY = ["--only", "hijack-proven,sibling-hijack-proven", "--rate", "1000", "--format", "json"];

/** The flags of a scan with a browser, and a login of the shop's. */
async function flagsOf(shop: Shop): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-scan-"));
  const file = join(directory, "login.json");
  await writeFile(file, JSON.stringify(shop.login));
  onTestFinished(async () => {
    await shop.close();
    await rm(directory, { recursive: true });
  });
  // What is not said within a patience is not read: on a machine that is busy at once is long.
  return [
    ...ONLY,
    "--patience",
    "4000",
    "--browser",
    "--browser-path",
    chromiumPath ?? "",
    "--storage-state",
    file,
  ];
}

describe.runIf(runsBrowserTests)("sallyport-scan --browser, in Chromium (name its path in CHROMIUM)", () => {
  it("proves of each socket of a page whose it is, and shows what was read, in every format and without the login", async () => {
    const shop = await startShop([
      { path: "/spoken", cookie: "open", first: '{"type":"hello"}' },
      { path: "/silent", cookie: "open", isSilent: true, strangers: "refused" },
      { path: "/strict", cookie: "strict" },
      { path: "/public", cookie: null },
    ]);
    const { code, out, err } = await runMain(...(await flagsOf(shop)), shop.url);
    expect([code, err]).toEqual([1, ""]);
    const report: Report = JSON.parse(out);
    const paths = (check: string, severity: string) =>
      report.findings.flatMap((finding) =>
        finding.check === check && finding.severity === severity && finding.endpoint !== undefined
          ? [new URL(finding.endpoint).pathname]
          : [],
      );
    expect(paths("hijack-proven", "high").sort()).toEqual(["/silent", "/spoken"]);
    expect(paths("sibling-hijack-proven", "medium").sort()).toEqual(["/silent", "/spoken", "/strict"]);
    expect(report.findings).toHaveLength(5);
    expect(report.notTested).toEqual([]);
    expect(report.findings[0]?.reproduce).toBe(
      `sallyport-scan --only hijack-proven --browser --storage-state … '${shop.url}'`,
    );
    const reasons = report.passed.map(({ check, endpoint = "", reason }) =>
      [check, new URL(endpoint).pathname, reason].join(" "),
    );
    expect(reasons).toEqual([
      expect.stringMatching(/^hijack-proven \/strict .*keeps back login \(SameSite=Lax\)/),
      "hijack-proven /public what it reads is what a browser without a login reads: the socket is public",
      "sibling-hijack-proven /public what it reads is what a browser without a login reads: the socket is public",
    ]);
    expect(report.browser).toMatchObject({ sendsThirdPartyCookies: true, isLoggedIn: true, problem: "" });
    expect(report.browser?.cookies).toContainEqual(
      expect.objectContaining({ name: "apart", partition: "http://localhost", isHttpOnly: true }),
    );
    for (const format of builtInFormats) {
      const rendered = format.render(report, { colour: false });
      expect(rendered).toContain("ends in 4242");
      expect(rendered).not.toContain(shop.login.cookies[0]?.value);
    }
  });

  it("proves that behind the gate no other origin uses the socket of an application that looks at none", async () => {
    const shop = await startShop([]);
    const application = createServer((_, response) => response.writeHead(404).end());
    const sockets = new WebSocketServer({ server: application });
    sockets.on("connection", (socket, { headers }) =>
      socket.send(headers.cookie === undefined ? "hello stranger" : "hello ann-of-cleves"),
    );
    const { port } = await guardServer("gateway", application, {
      routes: [{ path: "/", identity: "anonymous", origin: { allow: [new URL(shop.url).origin] } }],
    });
    const { code, out } = await runMain(
      ...(await flagsOf(shop)),
      "--origin",
      new URL(shop.url).origin,
      `ws://localhost:${port}/`,
    );
    const report: Report = JSON.parse(out);
    expect(code).toBe(0);
    expect(report.passed.map(({ check, reason }) => `${check}: ${reason}`)).toEqual([
      expect.stringContaining("hijack-proven: refused with 403; the browser keeps back login"),
      "sibling-hijack-proven: refused with 403",
    ]);
  });
});

describe("sallyport-scan without a browser", () => {
  it("says how to get what is missing, and names no other thing", async () => {
    const { code, err } = await runMain("--browser", "--browser-path", "/no/such", "ws://127.0.0.1:1/");
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('--browser-path "/no/such": there is no such file'),
    ]);
    expect(() => findChromium(null, ["/no/such"])).toThrow("name its path with --browser-path");
    await expect(loadPlaywright(() => Promise.reject(new Error("not found")))).rejects.toThrow(
      "npm install playwright-core",
    );
  });

  it("refuses what is no login", async () => {
    const { code, err } = await runMain(
      "--browser",
      "--storage-state",
      import.meta.filename,
      "ws://127.0.0.1:1/",
    );
    expect([code, err]).toEqual([2, expect.stringContaining("--storage-state")]);
  });

  it("says of checks that need one that they were not tested", async () => {
    const { out } = await runMain(...ONLY, "ws://127.0.0.1:1/");
    const report: Report = JSON.parse(out);
    expect(report.notTested.map(({ reason }) => reason)).toEqual([
      "it takes a real browser, and runs with --browser alone",
      "it takes a real browser, and runs with --browser alone",
    ]);
  });

  it("says in the plan what a browser would do", async () => {
    const { out } = await runMain("--plan", "--browser", "https://app.example.com/");
    expect(out).toContain("First, in Chromium: the page twice");
    expect((await runMain("--plan", "https://app.example.com/")).out).toContain("not run without --browser");
  });
});

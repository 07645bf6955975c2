import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import type { BrowserContextOptions, Page } from "playwright-core";

import { buildDashboard } from "../examples/shared/built-dashboard.ts";
import { type DashboardStage, setDashboardStage } from "../test/browser/dashboard-stage.ts";

// Takes pictures of every view of the dashboard, against a gate under traffic and an attack, into docs/images: `npm run dashboard:pictures`.
// With names of views it takes those alone. To look at other windows: `--folder DIRECTORY --width 360 --text 200`, each view whole, light and dark, with
// texts of so many percent of their size; then it also says what is wider than the window.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: "string", default: fileURLToPath(new URL("../docs/images/", import.meta.url)) },
    width: { type: "string" },
    text: { type: "string", default: "100" },
  },
});
const { folder } = values;
const width = values.width === undefined ? null : Number(values.width);
const MOST_BYTES = 150 * 1024;
/** So long a view that is live is let run before its picture is taken, milliseconds. */
const LIVE_MS = 6000;

/** A window in which pictures are taken. */
interface Look {
  readonly name: string;
  readonly options: BrowserContextOptions;
}

const documented: readonly Look[] = [
  { name: "light", options: { colorScheme: "light", viewport: { width: 1120, height: 760 } } },
  { name: "dark", options: { colorScheme: "dark", viewport: { width: 1120, height: 760 } } },
  { name: "narrow", options: { colorScheme: "light", viewport: { width: 390, height: 760 } } },
];

const looks: readonly Look[] =
  width === null
    ? documented
    : (["light", "dark"] as const).map((colorScheme) => ({
        name: `${width}-${values.text}-${colorScheme}`,
        options: { colorScheme, viewport: { width, height: 760 } },
      }));

/** A view, and what is done before its picture is taken. */
interface Shot {
  readonly name: string;
  readonly hash: (stage: DashboardStage) => string;
  readonly ready: (page: Page, stage: DashboardStage) => Promise<unknown>;
}

const live = (page: Page): Promise<void> => page.waitForTimeout(LIVE_MS);

const shots: readonly Shot[] = [
  { name: "now", hash: () => "#/now?span=5", ready: live },
  {
    name: "connections",
    hash: () => "#/connections",
    ready: (page) => page.getByRole("grid").first().waitFor(),
  },
  { name: "connection", hash: ({ sessions }) => `#/connections/${sessions[1]}`, ready: live },
  { name: "attacks", hash: () => "#/attacks", ready: live },
  {
    name: "journal",
    hash: () => "#/journal?since=1h&verdict=refuse",
    async ready(page) {
      await page.getByRole("grid").first().waitFor();
      await page.getByRole("button", { name: "Verify" }).click();
      await page.getByText("sound", { exact: true }).first().waitFor();
    },
  },
  {
    name: "conversation",
    hash: ({ sessions }) => `#/journal/${sessions[0]}`,
    async ready(page) {
      await page.getByRole("button", { name: "Read what was said…" }).click();
      await page.keyboard.type("ticket 4711");
      await page.keyboard.press("Enter");
      await page.getByText("the plan is blue").first().waitFor();
    },
  },
  {
    name: "policy",
    hash: () => "#/policy",
    ready: (page) => page.getByRole("region", { name: "Observed refusals" }).waitFor(),
  },
  {
    name: "back-test",
    hash: () => "#/policy",
    async ready(page, { directory }) {
      const written = await readFile(join(directory, "sallyport.yaml"), "utf8");
      await page.getByLabel("Configuration, as YAML").fill(written.replace('"mode":"observe",', ""));
      await page.getByLabel("Reason, to read contents").fill("before it is enforced");
      await page.getByRole("button", { name: "Try it" }).click();
      const result = page.getByText(/refused now that passed then/);
      await result.waitFor();
      await result.evaluate((element) => element.scrollIntoView({ block: "start" }));
    },
  },
  {
    name: "scans",
    hash: () => "#/scans",
    async ready(page) {
      const buffer = Buffer.from(JSON.stringify(report));
      const file = { name: "report.json", mimeType: "application/json", buffer };
      await page.locator("input[type=file]").setInputFiles(file);
      await page.getByRole("heading", { level: 3 }).first().waitFor();
    },
  },
];

const finding = {
  group: "origin",
  confidence: "certain",
  reproduce: "sallyport-scan wss://chat.example.com/ws --only accepts-foreign-origin",
  evidence: [
    {
      about: "a handshake as a foreign page makes it",
      lines: [
        "> GET /ws HTTP/1.1",
        "> Origin: https://foreign.example",
        "< HTTP/1.1 101 Switching Protocols",
      ],
    },
  ],
};

/** As `sallyport-scan --format json` writes it. */
const report = {
  version: 1,
  scanner: "0.1.0",
  target: "wss://chat.example.com/ws",
  startedAt: new Date().toISOString(),
  durationMs: 41_200,
  connections: 312,
  endedEarly: null,
  findings: [
    {
      ...finding,
      check: "accepts-foreign-origin",
      severity: "high",
      title: "Pages of other sites may connect with the cookies of whoever visits them",
      detail: "A handshake with Origin: https://foreign.example was admitted, as the page's own is.",
      remedy: {
        summary: "Check the Origin of every handshake against a list.",
        sallyport: "origin:\n  allow: [https://chat.example.com]",
      },
      references: { cwe: [1385], asvs: ["4.4.2"], rfc: ["RFC 6455 10.2"] },
    },
    {
      ...finding,
      group: "limits",
      check: "accepts-huge-message",
      severity: "medium",
      title: "Messages of any size are taken",
      detail: "A message of 64 MiB was taken whole.",
      remedy: { summary: "Bound the size of a message.", sallyport: "messageSize:\n  inbound: 64KiB" },
      references: { cwe: [770] },
    },
  ],
  passed: [
    { check: "accepts-unmasked-frames", group: "frames", title: "Unmasked frames are refused", reason: "" },
  ],
  notTested: [
    {
      check: "keeps-expired-token",
      group: "authentication",
      title: "Ended tokens",
      reason: "no --token was given",
    },
  ],
  notApplicable: [],
};

/** Texts as large as whoever looks may want them. Pictures forget the browser's own setting: the root of the page is set instead, which is what it sets. */
async function setText(page: Page): Promise<void> {
  await page.evaluate(`document.documentElement.style.fontSize = "${Number(values.text)}%"`);
  // What is measured then is drawn anew.
  await page.waitForTimeout(300);
}

/** What of a page stands out of its window, or is cut off without a way to see the rest: for people to look at. */
const STANDING_OUT = `[...document.querySelectorAll("#main *, .side *")].flatMap((element) => {
  const { right, left, width } = element.getBoundingClientRect();
  const isInside = element.closest(".unseen, svg, .u-wrap, dialog:not([open])") !== null;
  const name = element.tagName.toLowerCase() + "." + String(element.className).replaceAll(" ", ".");
  if (isInside || width === 0 || element.parentElement.getBoundingClientRect().right > innerWidth + 1) return [];
  return right > innerWidth + 1 || left < -1 ? [name + " " + Math.round(left) + "-" + Math.round(right)] : [];
})`;

const only = new Set(positionals);
await buildDashboard();
const stage = await setDashboardStage();
try {
  for (const { name, hash, ready } of shots) {
    if (only.size > 0 && !only.has(name)) continue;
    for (const { name: look, options } of looks) {
      const page = await stage.visit("admin", hash(stage), options);
      await ready(page, stage);
      const path = join(folder, `dashboard-${name}-${look}.png`);
      if (width !== null) await setText(page);
      await page.screenshot({ path, fullPage: width !== null });
      const { size } = await stat(path);
      process.stdout.write(`${path}: ${Math.ceil(size / 1024)} KiB\n`);
      if (width === null && size > MOST_BYTES) process.exitCode = 1;
      if (width !== null)
        for (const line of new Set(await page.evaluate<readonly string[]>(STANDING_OUT)))
          process.stdout.write(`  out of the window: ${line}\n`);
      await stage.leave();
    }
  }
} finally {
  await stage.close();
}

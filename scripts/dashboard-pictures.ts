import { readFile, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import type { BrowserContextOptions, Page } from "playwright-core";

import { buildDashboard } from "../examples/shared/built-dashboard.ts";
import { startGate } from "../examples/shared/gate.ts";
import { startRedisServer } from "../packages/sallyport/test/redis/redis-server.ts";
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
  /** The region that is taken, where it is not the window. */
  readonly region?: string;
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
      const verify = page.getByRole("button", { name: "Verify" });
      await verify.waitFor();
      const isSound = page.getByText("sound", { exact: true }).first();
      if ((await isSound.count()) === 0) await verify.click();
      await isSound.waitFor();
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

/** Of two gates that share an engine, and do not agree on all that they must have alike. */
const sharedState: Shot = {
  name: "shared-state",
  hash: () => "#/now?span=5",
  region: "Shared state",
  async ready(page) {
    // Nodes are called after their machine.
    await page.route("**/state", async (route) => {
      const text = await (await route.fetch()).text();
      await route.fulfill({ body: text.replaceAll(hostname(), "gate.internal") });
    });
    await page.reload();
    await page.getByText("nodes do not agree on").last().waitFor();
  },
};

/** Sets a stage whose gate shares an engine with another one, which has another lease. Needs `redis-server`. */
async function setSharedStage(): Promise<{
  readonly stage: DashboardStage;
  readonly close: () => Promise<void>;
}> {
  const engine = await startRedisServer({
    flags: ["--maxmemory", "64mb", "--maxmemory-policy", "noeviction"],
  });
  const url = `redis://127.0.0.1:${engine.port}`;
  const shared = await setDashboardStage(url);
  const written = await readFile(join(shared.directory, "sallyport.yaml"), "utf8");
  const { admin: _first, ...rest }: Record<string, unknown> = JSON.parse(written);
  const listen = [{ address: "127.0.0.1:0", tls: "off" }];
  const file = join(shared.directory, "other.yaml");
  const other = { ...rest, listen, journal: "off", state: { redis: { url, lease: "30s" } } };
  await writeFile(file, JSON.stringify(other));
  const second = await startGate(file, { onLine: () => {} });
  return {
    stage: shared,
    async close() {
      await second.stop();
      await shared.close();
      await engine.stop();
    },
  };
}

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
  const isInside = element.closest(".unseen, svg, .u-wrap, .inert-line *, .plain-table thead, dialog:not([open])") !== null;
  const name = element.tagName.toLowerCase() + "." + String(element.className).replaceAll(" ", ".");
  if (isInside || width === 0 || element.parentElement.getBoundingClientRect().right > innerWidth + 1) return [];
  return right > innerWidth + 1 || left < -1 ? [name + " " + Math.round(left) + "-" + Math.round(right)] : [];
})`;

/** Takes the pictures of what a shot shows. */
async function take({ name, hash, ready, region }: Shot, stage: DashboardStage): Promise<void> {
  for (const { name: look, options } of looks) {
    const page = await stage.visit("admin", hash(stage), options);
    await ready(page, stage);
    const path = join(folder, `dashboard-${name}-${look}.png`);
    if (width !== null) await setText(page);
    if (region === undefined || width !== null) await page.screenshot({ path, fullPage: width !== null });
    else await page.getByRole("region", { name: region }).screenshot({ path });
    const { size } = await stat(path);
    process.stdout.write(`${path}: ${Math.ceil(size / 1024)} KiB\n`);
    if (width === null && size > MOST_BYTES) process.exitCode = 1;
    if (width !== null)
      for (const line of new Set(await page.evaluate<readonly string[]>(STANDING_OUT)))
        process.stdout.write(`  out of the window: ${line}\n`);
    await stage.leave();
  }
}

const only = new Set(positionals);
const isMeant = ({ name }: Shot): boolean => only.size === 0 || only.has(name);
await buildDashboard();
const meant = shots.filter(isMeant);
if (meant.length > 0) {
  const stage = await setDashboardStage();
  try {
    for (const shot of meant) await take(shot, stage);
  } finally {
    await stage.close();
  }
}
if (isMeant(sharedState)) {
  const { stage, close } = await setSharedStage();
  try {
    await take(sharedState, stage);
  } finally {
    await close();
  }
}

/**
 * `npm run dashboard:soak [-- MINUTES]`: the dashboard's page while 1,000 events a second arrive at its gate: what its heap grows by, and its
 * longest frame. Measured, not tested: needs a Chromium and a quiet machine.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";

import type { CDPSession, Page } from "playwright-core";
import { WebSocket } from "ws";

import { launchChromium } from "../test/browser/chromium.ts";
import { startDashboardGate } from "../test/browser/dashboard-gate.ts";

const PER_SECOND = 1000;
const TICK_MS = 50;
const VIEWS = ["#/now", "#/attacks", "#/attacks?by=address", "#/connections"];

/** Messages that are reported one by one: each is an event. */
function flood(socket: WebSocket): NodeJS.Timeout {
  let owed = 0;
  return setInterval(() => {
    owed += (PER_SECOND * TICK_MS) / 1000;
    for (; owed >= 1 && socket.bufferedAmount < 1_000_000; owed -= 1)
      socket.send('{"type":"say","text":"<script>alert(1)</script>"}');
  }, TICK_MS);
}

/** Bytes in use once nothing is left to collect. */
async function heapOf(debug: CDPSession): Promise<number> {
  await debug.send("HeapProfiler.collectGarbage");
  const { usedSize } = await debug.send("Runtime.getHeapUsage");
  return usedSize;
}

/** From now on the page remembers its longest frame, and how many were longer than 100 ms. */
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(`{
    window.frames_ = { longest: 0, long: 0, count: 0, before: performance.now() };
    const look = (now) => {
      const took = now - window.frames_.before;
      window.frames_.before = now;
      window.frames_.count += 1;
      window.frames_.longest = Math.max(window.frames_.longest, took);
      if (took > 100) window.frames_.long += 1;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }`);
}

const { positionals } = parseArgs({ allowPositionals: true });
const minutes = Number(positionals[0] ?? 10);
const gate = await startDashboardGate({
  threat: { mode: "observe", signatures: ["script"] },
  messageRate: { perConnection: "5000/s" },
});
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
await page.goto(`${gate.adminUrl}/dashboard/`);
await page.getByLabel("Admin token").fill(await gate.token("operator"));
await page.keyboard.press("Enter");
await page.getByRole("navigation", { name: "Views" }).waitFor();
const debug = await page.context().newCDPSession(page);
const socket = await gate.connect("flood");
const timer = flood(socket);
await watchFrames(page);
const heaps: number[] = [];
const begun = Date.now();
for (let round = 0; Date.now() - begun < minutes * 60_000; round += 1) {
  await page.evaluate(`location.hash = ${JSON.stringify(VIEWS[round % VIEWS.length])}`);
  await page.waitForTimeout(15_000);
  heaps.push(await heapOf(debug));
  const seen = await page.evaluate(`JSON.stringify(window.frames_)`);
  const mib = ((heaps.at(-1) ?? 0) / 1_048_576).toFixed(1);
  console.log(
    `${((Date.now() - begun) / 60_000).toFixed(1)} min  ${VIEWS[round % VIEWS.length]}  heap ${mib} MiB  ${String(seen)}`,
  );
}
clearInterval(timer);
if (socket.readyState === WebSocket.OPEN) {
  socket.close();
  await once(socket, "close");
}
await browser.close();
await gate.close();

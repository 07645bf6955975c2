/**
 * `npm run dashboard:soak [-- MINUTES]`: the dashboard's page while 1,000 events a second arrive at its gate: what its heap grows by, and its
 * longest frame. Measured, not tested: needs a Chromium and a quiet machine.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";

import type { CDPSession } from "playwright-core";
import { WebSocket } from "ws";

import { buildDashboard } from "../examples/shared/built-dashboard.ts";
import { launchChromium } from "../test/browser/chromium.ts";
import { startDashboardGate } from "../test/browser/dashboard-gate.ts";
import { describeFrames, framesOf, watchFrames } from "./page-frames.ts";

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

const { positionals } = parseArgs({ allowPositionals: true });
const minutes = Number(positionals[0] ?? 10);
await buildDashboard();
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
const heaps: number[] = [];
let [longest, long] = [0, 0];
const begun = Date.now();
for (let round = 0; Date.now() - begun < minutes * 60_000; round += 1) {
  // The measure itself stops the page while it collects: no frame is counted over that.
  heaps.push(await heapOf(debug));
  await watchFrames(page);
  await page.evaluate(`location.hash = ${JSON.stringify(VIEWS[round % VIEWS.length])}`);
  await page.waitForTimeout(15_000);
  const frames = await framesOf(page);
  [longest, long] = [Math.max(longest, frames.longest), long + frames.long];
  const mib = ((heaps.at(-1) ?? 0) / 1_048_576).toFixed(1);
  const at = ((Date.now() - begun) / 60_000).toFixed(1);
  console.log(`${at} min  ${VIEWS[round % VIEWS.length]}  heap ${mib} MiB before; ${describeFrames(frames)}`);
}
console.log(`in all: the longest frame ${longest.toFixed(0)} ms, ${long} over 100 ms`);
clearInterval(timer);
if (socket.readyState === WebSocket.OPEN) {
  socket.close();
  await once(socket, "close");
}
await browser.close();
await gate.close();

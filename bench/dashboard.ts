/**
 * What the dashboard costs the gate, while 1,000 events a second happen: CPU time of its process in short windows, with nobody looking and with one page
 * that follows samples and events. Windows come in pairs, now one first, now the other; of each pair the difference counts, by what was carried in it, so
 * that neither drift nor a moment of something else makes a figure. The median of the differences is told with the interval in which it lies (95 %).
 * `npm run bench:dashboard -- [--sessions 1000] [--rate 1000] [--pairs 32] [--seconds 3] [--profile DIRECTORY]`: some four minutes.
 */
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocket, WebSocketServer } from "ws";
import { firstMatch, startChild } from "./child.ts";
import { cpuNanoseconds } from "./process-meter.ts";
import { medianInterval } from "./median-interval.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "1000" },
    /** Messages a second from all of them, each with its echo, and each an event. */
    rate: { type: "string", default: "1000" },
    pairs: { type: "string", default: "32" },
    /** Of a window. */
    seconds: { type: "string", default: "3" },
    /** Where the gate writes a profile of its CPU. */
    profile: { type: "string" },
  },
});
const [sessions, rate] = [Number(values.sessions), Number(values.rate)];
const [seconds, pairs] = [Number(values.seconds), Number(values.pairs)];

const ORIGIN = "http://app.example.com";
const BATCH_MS = 50;
const gateway = fileURLToPath(new URL("../packages/sallyport/bin/sallyport.js", import.meta.url));

/** So long a window waits after somebody came or went, milliseconds: neither coming nor going is what is measured. */
const SETTLE_MS = 500;
/** Of what was sent in a window; with less it does not count. */
const LEAST_CARRIED = 0.9;
/** Of a core. */
const MARK_PERCENT = 2;

const directory = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
// oxlint-disable-next-line sallyport/require-max-payload -- the gate in front of it bounds messages
const application = new WebSocketServer({ host: "127.0.0.1", port: 0 });
application.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data) => socket.send(data));
});
await once(application, "listening");
const backend = application.address();
const backendPort = typeof backend === "object" && backend !== null ? backend.port : 0;
await writeFile(
  join(directory, "sallyport.yaml"),
  `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin: { address: 127.0.0.1:0, tokenFile: admin.token }
log: { level: warn }
routes:
  - path: /
    upstream: ws://127.0.0.1:${backendPort}
    identity: anonymous
    origin: { allow: ["${ORIGIN}"] }
    connectionLimit: { total: 20000, perAddress: 20000, handshakesPerAddress: 10000/s }
    messageRate: { perConnection: 10000/s }
    threat: { mode: observe, signatures: [script] }
`,
);
const profiled = values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${values.profile}`];
const gate = startChild(
  [process.execPath, ...profiled, gateway, "run", "--config", join(directory, "sallyport.yaml")],
  "target",
);
// Both are waited for at once: they come in one piece, and a line that nobody waits for is gone.
const [[, listened], [, admin = ""]] = await Promise.all([
  firstMatch(gate, /listening on http:\/\/127\.0\.0\.1:(\d+)/),
  firstMatch(gate, /admin on (\S+)/),
]);
const port = Number(listened);

// oxlint-disable-next-line sallyport/no-insecure-url -- loopback
const target = `ws://127.0.0.1:${port}/`;
const clients: WebSocket[] = [];
let echoes = 0;
while (clients.length < sessions) {
  const more = Array.from({ length: Math.min(100, sessions - clients.length) }, () => {
    const client = new WebSocket(target, { origin: ORIGIN, perMessageDeflate: false });
    client.on("message", () => (echoes += 1));
    return client;
  });
  await Promise.all(more.map((client) => once(client, "open")));
  clients.push(...more);
}
const text = JSON.stringify({ type: "say", text: `${"x".repeat(60)}<script>alert(1)</script>` });
let turn = 0;
const talkBegun = performance.now();
const talk = setInterval(() => {
  // By the clock, not by the ticks: a late one makes up for itself.
  for (const owed = ((performance.now() - talkBegun) / 1000) * rate; turn < owed; turn += 1)
    clients[turn % clients.length]?.send(text);
}, BATCH_MS);
/** Something to see: a stranger knocks five times a second. */
const knock = setInterval(() => {
  const stranger = new WebSocket(target, { origin: "https://evil.example" });
  stranger.on("error", () => stranger.terminate());
}, 200);

async function openPage(): Promise<WebSocket> {
  const token = (await readFile(join(directory, "admin.token"), "utf8")).trim();
  const answer = await fetch(`${admin}/dashboard/session`, {
    method: "POST",
    headers: { "Sallyport-Request": "1" },
    body: JSON.stringify({ token }),
  });
  const [cookie = ""] = (answer.headers.getSetCookie()[0] ?? "").split(";", 1);
  const page = new WebSocket(`${admin.replace("http:", "ws:")}/dashboard/live`, {
    origin: admin,
    headers: { Cookie: cookie },
  });
  await once(page, "open");
  page.send(JSON.stringify({ type: "subscribe", topics: ["samples", "events"] }));
  return page;
}

/** Milliseconds of CPU for what is carried in a second; `null`: far less was carried than was sent, since the machine does something else. */
async function cpuPerSecond(): Promise<number | null> {
  await delay(SETTLE_MS);
  const [before, carried] = [cpuNanoseconds(gate.pid), echoes];
  await delay(seconds * 1000);
  const came = echoes - carried;
  return came < rate * seconds * LEAST_CARRIED
    ? null
    : ((cpuNanoseconds(gate.pid) - before) / 1e6 / came) * rate;
}

/** `null` also where the page was told of nothing. */
async function withPage(): Promise<number | null> {
  const page = await openPage();
  let batches = 0;
  page.on("message", (data: Buffer) => (batches += data.includes('"type":"events"') ? 1 : 0));
  const cpu = await cpuPerSecond();
  page.terminate();
  return batches === 0 ? null : cpu;
}

await delay(5000);
const nobody: number[] = [];
const more: number[] = [];
let dropped = 0;
while (more.length < pairs && dropped < pairs) {
  const isFirst = (more.length + dropped) % 2 === 0;
  const early = isFirst ? await withPage() : null;
  const without = await cpuPerSecond();
  const looked = isFirst ? early : await withPage();
  if (without === null || looked === null) {
    dropped += 1;
    continue;
  }
  nobody.push(without);
  more.push(looked - without);
  process.stderr.write(
    `pair ${more.length}: ${without.toFixed(1)} ms/s, with a page ${looked.toFixed(1)} ms/s\n`,
  );
}
clearInterval(talk);
clearInterval(knock);
const line = (name: string, numbers: readonly number[]): string => {
  const { low, middle, high } = medianInterval(numbers);
  const percent = (ms: number): string => (ms / 10).toFixed(2);
  return `| ${name} | ${middle.toFixed(1)} | ${percent(middle)} % | ${percent(low)} to ${percent(high)} % |`;
};
const { low, high } = medianInterval(more);
const verdict =
  high / 10 <= MARK_PERCENT
    ? "reached"
    : low / 10 > MARK_PERCENT
      ? "missed"
      : "not told: the interval is too wide";
console.log(
  [
    `${sessions} connections; ${rate} messages, as many echoes and as many events a second; ${more.length} pairs of windows of ${seconds} s; Node ${process.versions.node}`,
    "",
    "| CPU of the gate | ms in a second | of a core | 95 % |",
    "| --- | --: | --: | --: |",
    line("nobody looks", nobody),
    line("one page more", more),
    "",
    `${MARK_PERCENT} % is asked for: ${verdict}. ${dropped} pairs did not count: the machine was too busy to carry what was sent.`,
  ].join("\n"),
);
for (const client of clients) client.terminate();
await gate.stop();
application.close();
await rm(directory, { recursive: true });

/**
 * What the dashboard costs the gate: CPU time of its process while nobody looks, and while one page follows samples and events, in turns.
 * `npm run bench:dashboard -- [--sessions 2000] [--rate 2000] [--seconds 20] [--rounds 3]`.
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
import { median } from "./report.ts";

const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "2000" },
    /** Messages a second from all of them, each with its echo. */
    rate: { type: "string", default: "2000" },
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "3" },
  },
});
const [sessions, rate] = [Number(values.sessions), Number(values.rate)];
const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];

const ORIGIN = "http://app.example.com";
const BATCH_MS = 50;
const gateway = fileURLToPath(new URL("../packages/sallyport/bin/sallyport.js", import.meta.url));

/** Milliseconds of CPU in a second. */
interface Round {
  readonly nobody: number;
  readonly viewer: number;
}

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
`,
);
const gate = startChild(
  [process.execPath, gateway, "run", "--config", join(directory, "sallyport.yaml")],
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
while (clients.length < sessions) {
  const more = Array.from({ length: Math.min(100, sessions - clients.length) }, () => {
    const client = new WebSocket(target, { origin: ORIGIN, perMessageDeflate: false });
    client.on("message", () => {});
    return client;
  });
  await Promise.all(more.map((client) => once(client, "open")));
  clients.push(...more);
}
const text = JSON.stringify({ type: "say", text: "x".repeat(90) });
let turn = 0;
const talk = setInterval(() => {
  for (let left = (rate * BATCH_MS) / 1000; left > 0; left--) {
    clients[turn % clients.length]?.send(text);
    turn += 1;
  }
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

async function cpuPerSecond(): Promise<number> {
  const [before, begun] = [cpuNanoseconds(gate.pid), performance.now()];
  await delay(seconds * 1000);
  return (cpuNanoseconds(gate.pid) - before) / 1e6 / ((performance.now() - begun) / 1000);
}

await delay(5000);
const found: Round[] = [];
for (let round = 1; round <= rounds; round++) {
  const nobody = await cpuPerSecond();
  const page = await openPage();
  await delay(1000);
  const viewer = await cpuPerSecond();
  page.terminate();
  found.push({ nobody, viewer });
  process.stderr.write(`round ${round}: ${nobody.toFixed(1)} ms/s, with a page ${viewer.toFixed(1)} ms/s\n`);
}
clearInterval(talk);
clearInterval(knock);
const nobody = median(found.map((round) => round.nobody));
const more = median(found.map((round) => round.viewer - round.nobody));
console.log(
  [
    `${sessions} connections, ${rate} messages and as many echoes a second, Node ${process.versions.node}`,
    "",
    "| CPU of the gate | ms in a second | of a core |",
    "| --- | --: | --: |",
    `| nobody looks | ${nobody.toFixed(1)} | ${(nobody / 10).toFixed(2)} % |`,
    `| one page more | ${more.toFixed(1)} | ${(more / 10).toFixed(2)} % |`,
  ].join("\n"),
);
for (const client of clients) client.terminate();
await gate.stop();
application.close();
await rm(directory, { recursive: true });

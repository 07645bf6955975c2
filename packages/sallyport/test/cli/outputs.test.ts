import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startApplication } from "../gateway/harness.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../otlp-receiver.ts";
import { startReceiver, type Receiver } from "../webhook-receiver.ts";
import { startSallyport, temporaryDirectory, type SallyportProcess } from "./sallyport-process.ts";

const PAGE = "https://app.example.com";
const SLOW_MS = 180_000;
/** Only this test writes it: into every input, and it may be in no output. */
const canary = `quokka${randomBytes(8).toString("hex")}`;
const signingKey = `whsec_${Buffer.from(canary.padEnd(32, "x")).toString("base64")}`;
const TRACE = "0af7651916cd43dd8448eb211c80319c";

interface Running {
  readonly gate: SallyportProcess;
  readonly port: number;
  readonly configFile: string;
  readonly collector: OtlpReceiver;
  readonly hook: Receiver;
  readonly ocsfFile: string;
  readonly seenByApplication: IncomingHttpHeaders[];
}

async function start(workers: number): Promise<Running> {
  const seenByApplication: IncomingHttpHeaders[] = [];
  const application = await startApplication();
  application.server.on("connection", (_socket, { headers }) => void seenByApplication.push(headers));
  const [directory, collector, hook] = [
    await temporaryDirectory(),
    await startOtlpReceiver(),
    await startReceiver(),
  ];
  const [configFile, ocsfFile] = [join(directory, "sallyport.yaml"), join(directory, "events.ocsf.jsonl")];
  await writeFile(join(directory, "hook.secret"), signingKey);
  await writeFile(join(directory, "hook.url"), `${hook.url}/services/${canary}?key=${canary}`);
  await writeFile(join(directory, "otlp.headers"), `Authorization: Bearer ${canary}\n`);
  await writeFile(
    configFile,
    `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
log: { format: json, level: debug }
alerts:
  - webhook: { url: "\${file:hook.url}", secretFile: hook.secret }
telemetry:
  otlp: { endpoint: ${collector.url}, headersFile: otlp.headers, traces: true }
  ocsf: { file: events.ocsf.jsonl }
routes:
  - path: /
    upstream: ${application.url}
    identity: anonymous
    origin: { allow: [${PAGE}] }
    leak: { action: redact, canaries: ["${canary}-leaks"] }
`,
  );
  const flags = workers === 1 ? [] : ["--workers", String(workers)];
  const gate = startSallyport(["run", "--config", configFile, ...flags], { withinMs: SLOW_MS / 2 });
  const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
  return { gate, port, configFile, collector, hook, ocsfFile, seenByApplication };
}

function connect(port: number, origin: string, protocols: string[] = []): WebSocket {
  const client = new WebSocket(`ws://127.0.0.1:${port}/room?token=${canary}`, protocols, {
    origin,
    headers: {
      Authorization: `Bearer ${canary}`,
      Cookie: `session=${canary}`,
      "X-Key": canary,
      traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
      tracestate: `vendor=${canary}`,
    },
  });
  client.on("error", () => {});
  onTestFinished(() => client.terminate());
  return client;
}

/** Opens a connection, says what leaks, and closes it with a reason. */
async function talk(port: number): Promise<void> {
  const client = connect(port, PAGE);
  await once(client, "open");
  const answered = once(client, "message");
  client.send(`${canary}-leaks ${canary}`);
  await answered;
  client.close(1000, canary);
  await once(client, "close");
}

async function refused(port: number, origin: string, protocols: string[] = []): Promise<void> {
  const client = connect(port, origin, protocols);
  await new Promise((resolve) => client.on("close", resolve));
}

describe("sallyport run with outputs", () => {
  it.each([1, 2])(
    "tells a collector, a file and a webhook all that happens, of %i workers, and no secret",
    { timeout: SLOW_MS },
    async (workers) => {
      const { gate, port, configFile, collector, hook, ocsfFile, seenByApplication } = await start(workers);
      const [opens, refusals] = [6, 4];
      await Promise.all(Array.from({ length: opens }, () => talk(port)));
      await Promise.all(Array.from({ length: refusals }, () => refused(port, "https://evil.example")));
      await refused(port, PAGE, [`sallyport.ticket.${canary}`]);
      await writeFile(configFile, `version: 1\nlisten: "${canary}`);
      gate.child.kill("SIGHUP");
      await hook.until(({ length }) => length > 0);
      gate.child.kill("SIGTERM");
      expect(await gate.exit()).toBe(0);

      const logs = collector.logs();
      const countOf = (name: string): number => logs.filter((log) => log.name === `sallyport.${name}`).length;
      expect([countOf("open"), countOf("closed"), countOf("handshake")]).toEqual([
        opens,
        opens,
        refusals + 1,
      ]);
      expect(countOf("decision")).toBeGreaterThanOrEqual(opens);
      expect(new Set(logs.map(({ resource }) => resource["service.instance.id"])).size).toBe(1);

      const spans = collector.spans();
      expect(spans).toHaveLength(opens * 2 + refusals + 1);
      expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
      const handshakes = new Set(spans.filter(({ name }) => name === "GET /").map(({ spanId }) => spanId));
      // Our span is the parent of whatever the application does.
      const parents = seenByApplication.map(({ traceparent }) => String(traceparent).split("-"));
      expect(parents.map(([, traceId]) => traceId)).toEqual(Array.from({ length: opens }, () => TRACE));
      expect(parents.every(([, , parent = ""]) => handshakes.has(parent))).toBe(true);
      expect(seenByApplication[0]?.["tracestate"]).toBe(`vendor=${canary}`);

      const lines = (await readFile(ocsfFile, "utf8")).trimEnd().split("\n");
      const classes = lines.map((line) => Number(JSON.parse(line).class_uid));
      expect(classes.filter((uid) => uid === 4001)).toHaveLength(opens * 2);
      expect(lines.length).toBe(logs.length);

      const [alert] = hook.received;
      const verified = new Webhook(signingKey).verify(
        alert?.body ?? "",
        alert?.headers as Record<string, string>,
      );
      expect(verified).toMatchObject({
        type: "sallyport.gate",
        data: { detector: "gate", severity: "high" },
      });
      expect(collector.received[0]?.headers["authorization"]).toBe(`Bearer ${canary}`);

      const { out, err } = gate.written();
      const told = [
        out,
        err,
        JSON.stringify([logs, spans]),
        lines.join("\n"),
        ...hook.received.map(({ body }) => String(body)),
      ];
      expect(told.map((text) => text.length > 0)).toEqual([true, true, true, true, true]);
      for (const text of told) expect(text).not.toContain(canary);
    },
  );
});

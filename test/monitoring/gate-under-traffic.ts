import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { WebSocket } from "ws";
import {
  AUDIENCE,
  ISSUER,
  rsaToken,
  startProvider,
} from "../../packages/sallyport/test/attacks/token-issuer.ts";
import { startSallyport, temporaryDirectory } from "../../packages/sallyport/test/cli/sallyport-process.ts";
import { bytesOf, startApplication } from "../../packages/sallyport/test/gateway/harness.ts";

const PAGE = "https://app.example.com";
/** Where processes start slowly. */
const SLOW_MS = 120_000;

/** A gate that has done a little of everything that is counted. */
export interface BusyGate {
  /** Where its metrics are. */
  readonly admin: string;
  /** A file with a token for the admin address. */
  readonly tokenFile: string;
  /** What `/metrics` answers. */
  metrics(): Promise<string>;
  /** Some more messages, and another refusal. */
  work(): Promise<void>;
}

const config = (application: string, provider: string): string => `version: 1
listen:
  - { address: 127.0.0.1:0, tls: off }
  - { address: 127.0.0.1:0, tls: development }
admin: { address: 127.0.0.1:0, tokenFile: ./admin.token }
journal: { directory: ./journal, key: "\${env:JOURNAL_KEY}", payloads: none, retain: 1d }
routes:
  - path: /chat
    upstream: ${application}
    origin: { allow: [${PAGE}] }
    identity: { jwt: { issuer: ${ISSUER}, audience: ${AUDIENCE}, jwks: ${provider}/jwks.json } }
    leak: { action: redact }
    threat: {}
  - path: /open
    upstream: ${application}
    origin: { allow: [${PAGE}] }
    identity: anonymous
    messageRate: { perConnection: 10/s, burst: 1 }
  - path: /nobody
    upstream: ws://127.0.0.1:1
    origin: { allow: [${PAGE}] }
    identity: anonymous
`;

/** Starts a gate, and has clients use it well and badly. */
export async function startBusyGate(): Promise<BusyGate> {
  const [application, provider, directory] = [
    await startApplication((socket) => {
      socket.on("message", (data) => {
        const text = bytesOf(data).toString();
        if (text === "die") socket.terminate();
        else socket.send(text);
      });
    }),
    await startProvider(),
    await temporaryDirectory(),
  ];
  await writeFile(join(directory, "sallyport.yaml"), config(application.url, provider.url));
  const gate = startSallyport(["run", "--config", "sallyport.yaml"], {
    directory,
    env: { JOURNAL_KEY: randomBytes(32).toString("base64"), XDG_DATA_HOME: directory },
    withinMs: SLOW_MS,
  });
  const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
  const admin = (await gate.says(/^admin on (\S+)\n/m))[1] ?? "";
  const tokenFile = join(directory, "admin.token");
  const token = (await readFile(tokenFile, "utf8")).trim();
  const work = (): Promise<void> => useGate(port);
  await work();
  await fetch(`${admin}/bans`, { headers: { Authorization: "Bearer wrong" } });
  gate.child.kill("SIGHUP");
  await gate.says(/"msg":"reloaded"/);
  return {
    admin,
    tokenFile,
    work,
    async metrics() {
      const answer = await fetch(`${admin}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
      expect(answer.headers.get("content-type")).toContain("text/plain");
      return await answer.text();
    },
  };
}

async function useGate(port: number): Promise<void> {
  const url = (path: string): string => `ws://127.0.0.1:${port}${path}`;
  const bearer = { origin: PAGE, headers: { Authorization: `Bearer ${rsaToken()}` } };
  const opened = await fetchTicket(port);
  const client = new WebSocket(url("/chat"), ["chat", `sallyport.ticket.${opened["ticket"]}`], {
    origin: PAGE,
  });
  await once(client, "open");
  await postOwn(port, "refresh", { session: opened["session"], refreshSecret: opened["refreshSecret"] });
  // One reading in 64 is measured.
  for (let said = 0; said < 2 * 64; said++) await converse(client, ["hello"]);
  await converse(client, ["card 5105 1051 0510 5100"]);
  await refused(new WebSocket(url("/chat"), ["chat", "sallyport.ticket.unknown"], { origin: PAGE }));
  await refused(new WebSocket(url("/chat"), { ...bearer, origin: "https://foreign.example" }));
  await refused(new WebSocket(url("/nobody"), { origin: PAGE }));
  await refused(new WebSocket(url("/nowhere"), { origin: PAGE }));
  const attacker = new WebSocket(url("/chat"), bearer);
  await once(attacker, "open");
  const ended = once(attacker, "close");
  attacker.send(JSON.stringify({ text: "' OR '1'='1' --" }));
  expect((await ended)[0]).toBe(4522);
  const lost = new WebSocket(url("/chat"), bearer);
  await once(lost, "open");
  lost.send("die");
  expect((await once(lost, "close"))[0]).toBe(1012);
  const flood = new WebSocket(url("/open"), { origin: PAGE });
  await once(flood, "open");
  await converse(flood, ["1", "2", "3", "4"]);
  for (const open of [client, flood]) {
    const closed = once(open, "close");
    open.close(1000);
    await closed;
  }
}

/** Sends messages, and waits until each was echoed. */
async function converse(client: WebSocket, texts: readonly string[]): Promise<void> {
  let echoed = 0;
  const all = new Promise<void>((resolve) => {
    const onMessage = (): void => {
      echoed += 1;
      if (echoed < texts.length) return;
      client.off("message", onMessage);
      resolve();
    };
    client.on("message", onMessage);
  });
  for (const text of texts) client.send(text);
  await all;
}

async function refused(client: WebSocket): Promise<void> {
  const [error] = await once(client, "error");
  expect(String(error)).toContain("Unexpected server response");
}

async function postOwn(port: number, name: string, body: object): Promise<Record<string, string>> {
  const answer = await fetch(`http://127.0.0.1:${port}/.sallyport/${name}`, {
    method: "POST",
    headers: { Origin: PAGE, "Sallyport-Request": "1", Authorization: `Bearer ${rsaToken()}` },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  const opened: Record<string, string> = JSON.parse(await answer.text());
  return opened;
}

async function fetchTicket(port: number): Promise<Record<string, string>> {
  return await postOwn(port, "ticket", { route: "/chat" });
}

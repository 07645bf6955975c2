import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { get, request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startApplication } from "../gateway/harness.ts";
import { connectRaw, openRaw, op, upgradeRequest, type RawPeer } from "../gateway/raw-client.ts";
import { createTokens } from "../hosts/test-tokens.ts";
import { startSallyport, temporaryDirectory, type SallyportProcess } from "./sallyport-process.ts";

const PAGE = "http://app.example.com";
const ORIGIN = `Origin: ${PAGE}`;
/** Where processes start slowly. */
const SLOW_MS = 180_000;

interface Running {
  readonly gate: SallyportProcess;
  readonly port: number;
  readonly configFile: string;
  /** Asks the admin API with its token. */
  readonly ask: (path: string, init?: { method?: string; body?: unknown }) => Promise<Response>;
}

async function startWorkers(options = "", identity = "anonymous"): Promise<Running> {
  const [application, directory] = [await startApplication(), await temporaryDirectory()];
  const configFile = join(directory, "sallyport.yaml");
  await writeFile(
    configFile,
    `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin: { address: 127.0.0.1:0, tokenFile: admin.token }
routes:
  - path: /
    upstream: ${application.url}
    identity: ${identity}
    origin: { allow: [${PAGE}] }
    ${options}
`,
  );
  const gate = startSallyport(["run", "--config", configFile, "--workers", "2"], { withinMs: SLOW_MS / 2 });
  const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
  const admin = (await gate.says(/admin on (http:\/\/\S+)\n/))[1] ?? "";
  const token = (await readFile(join(directory, "admin.token"), "utf8")).trim();
  const ask: Running["ask"] = (path, { method = "GET", body } = {}) =>
    fetch(admin + path, {
      method,
      headers: { Authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { gate, port, configFile, ask };
}

/** The workers that have admitted connections, by their log lines. */
function admittedBy({ gate }: Running): number[] {
  const lines = gate.written().err.matchAll(/^\{.*"worker":(\d+).*"event":"open".*$/gm);
  return [...lines].map(([, worker]) => Number(worker));
}

async function knock(port: number, origin = ORIGIN): Promise<{ status: number; peer: RawPeer }> {
  const peer = await connectRaw(port);
  const { status } = await peer.send(upgradeRequest({ lines: [origin] })).head();
  return { status, peer };
}

/** Opens connections until each worker has one. */
async function openInBoth(running: Running): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  while (peers.length < 60) {
    const peer = await openRaw(running.port, { lines: [ORIGIN] });
    await peer.frame(op.text, "hello").readFrame();
    peers.push(peer);
    if (new Set(admittedBy(running)).size === 2) return peers;
  }
  throw new Error("the system gave every connection to one worker");
}

/** Asks until the answer is as expected. */
async function until<Value>(ask: () => Promise<Value>, isGood: (value: Value) => boolean): Promise<Value> {
  const late = performance.now() + SLOW_MS / 4;
  for (;;) {
    const value = await ask();
    if (isGood(value) || performance.now() > late) return value;
    // What is polled for may be this process's own to read.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The body of an answer, over a connection of its own. */
async function getAnew(url: string): Promise<string> {
  const [answer] = (await once(get(url, { agent: false }), "response")) as [IncomingMessage];
  return (await answer.toArray()).join("");
}

/** POSTs to the gate as a script of the page does, over a connection of its own. */
async function postAnew(
  port: number,
  name: string,
  body: unknown,
  token: string,
): Promise<{ status: number | undefined; body: Readonly<Record<string, string>> }> {
  const headers = { Origin: PAGE, "Sallyport-Request": "1", Authorization: `Bearer ${token}` };
  const asked = request(`http://127.0.0.1:${port}/.sallyport/${name}`, {
    method: "POST",
    agent: false,
    headers,
  });
  const [answer] = (await once(asked.end(JSON.stringify(body)), "response")) as [IncomingMessage];
  const text = (await answer.toArray()).join("");
  const isJson = answer.statusCode === 200;
  return { status: answer.statusCode, body: isJson ? (JSON.parse(text) as Record<string, string>) : {} };
}

async function expectClosed(peer: RawPeer, code: number): Promise<void> {
  expect(await peer.readClose()).toMatchObject({ code });
}

async function metric({ ask }: Running, name: string): Promise<number> {
  const text = await (await ask("/metrics")).text();
  return Number(text.match(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, "m"))?.[1]);
}

const LIMIT = "connectionLimit: { perAddress: 64, handshakesPerAddress: 1000/s }";
const ADMITTED = 'sallyport_handshakes_total\\{[^}]*verdict="admit"[^}]*\\}';

describe("sallyport run --workers", { timeout: SLOW_MS }, () => {
  it("is one gate: one port, limits over all workers, one key set, metrics added up; SIGTERM closes all with 1012", async () => {
    const running = await startWorkers(LIMIT);
    const { gate, port } = running;
    const peers = await openInBoth(running);
    while (peers.length < 64) peers.push(await openRaw(port, { lines: [ORIGIN] }));
    expect((await knock(port)).status).toBe(429);
    expect(await metric(running, "sallyport_connections_active")).toBe(64);
    expect(await metric(running, "sallyport_workers")).toBe(2);
    expect(await metric(running, ADMITTED)).toBe(64);
    const keySets = new Set<string>();
    for (let count = 0; count < 12; count++)
      keySets.add(await getAnew(`http://127.0.0.1:${port}/.sallyport/jwks.json`));
    expect(keySets.size).toBe(1);
    peers.pop()?.socket.destroy();
    const again = await until(
      () => knock(port),
      ({ status }) => status === 101,
    );
    expect(again.status).toBe(101);
    gate.child.kill("SIGTERM");
    await Promise.all(
      peers.map(async (peer) => {
        expect(await peer.readClose()).toMatchObject({ code: 1012 });
        peer.close(1012).socket.end();
      }),
    );
    expect(await gate.exit()).toBe(0);
    expect(gate.written().out.match(/listening on/g)).toHaveLength(1);
  });

  it("bans in every worker, ends what is open with 4529, and finds the incidents of each", async () => {
    const running = await startWorkers();
    const { port, ask, gate } = running;
    const peers = await openInBoth(running);
    const added = await ask("/bans", { method: "POST", body: { address: "127.0.0.1", reason: "test" } });
    expect(await added.json()).toMatchObject({ cidr: "127.0.0.1/32", closed: peers.length });
    for (const peer of peers) expect(await peer.readClose()).toMatchObject({ code: 4529 });
    for (let count = 0; count < 8; count++) expect((await knock(port)).status).toBe(403);
    const refused = /"incident":"([^"]+)","guard":"firewall"/g;
    await until(
      async () => [...gate.written().err.matchAll(refused)],
      (found) => found.length === 8,
    );
    const incidents = [...gate.written().err.matchAll(refused)].map(([, incident]) => incident);
    expect(incidents).toHaveLength(8);
    for (const incident of incidents)
      expect(await (await ask(`/incidents/${incident}`)).json()).toMatchObject({ code: "firewall.banned" });
    expect((await ask("/bans/127.0.0.1", { method: "DELETE" })).status).toBe(200);
    for (let count = 0; count < 8; count++) expect((await knock(port)).status).toBe(101);
  });

  it("lists, ends and revokes the sessions of every worker, and says what a reload did to all", async () => {
    const tokens = await createTokens();
    const running = await startWorkers(LIMIT, JSON.stringify(tokens.identity));
    const { ask, port, configFile } = running;
    const users = ["ada", "bob"];
    const opened: { readonly user: string; readonly peer: RawPeer }[] = [];
    for (let count = 0; count < 60; count++) {
      const user = users[count % 2] ?? "";
      const peer = await openRaw(port, {
        lines: [ORIGIN, `Authorization: Bearer ${await tokens.sign(user)}`],
      });
      opened.push({ user, peer });
      if (count % 2 === 1 && new Set(admittedBy(running)).size === 2) break;
    }
    expect(new Set(admittedBy(running)).size).toBe(2);
    const listed: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const from: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = (await (await ask(`/sessions?limit=3${from}`)).json()) as {
        sessions: { user: string; session: string; openedAt: string }[];
        matching: number;
        next: string | null;
      };
      expect(page.matching).toBe(opened.length);
      listed.push(...page.sessions.map(({ session }) => session));
      cursor = page.next;
    }
    expect(new Set(listed).size).toBe(opened.length);
    expect(listed).toHaveLength(opened.length);
    const half = opened.length / 2;
    expect((await ask(`/sessions/${String(listed[0])}`)).status).toBe(200);
    const killed = await ask("/sessions/kill", { method: "POST", body: { user: "ada" } });
    expect(await killed.json()).toEqual({ killed: half });
    for (const { user, peer } of opened)
      if (user === "ada") {
        await expectClosed(peer, 4540);
        peer.close(4540).socket.end();
      }
    await until(
      async () => (await (await ask("/sessions?user=ada")).json()) as { matching: number },
      ({ matching }) => matching === 0,
    );
    const config = await readFile(configFile, "utf8");
    await writeFile(configFile, config.replace(LIMIT, `${LIMIT}\n    heartbeat: { idle: 10m }`));
    const reloaded = await ask("/reload", { method: "POST" });
    expect(await reloaded.json()).toMatchObject({ reloaded: true, kept: half, closed: 0 });
    expect((await ask("/revocations", { method: "POST", body: { user: "bob" } })).status).toBe(200);
    for (const { user, peer } of opened) if (user === "bob") await expectClosed(peer, 4540);
    expect(await (await ask("/policy")).json()).toMatchObject({ routes: [{ route: "/" }] });
    expect(
      await metric(running, 'sallyport_admin_calls_total\\{name="admin",status="200"\\}'),
    ).toBeGreaterThan(5);
  });

  it("reloads in every worker or in none", async () => {
    const { port, ask, configFile } = await startWorkers();
    const other = "http://other.example.com";
    const config = await readFile(configFile, "utf8");
    await writeFile(configFile, config.replace(PAGE, other));
    expect((await ask("/reload", { method: "POST" })).status).toBe(200);
    const statuses = async (): Promise<Set<number>> => {
      const found = new Set<number>();
      for (let count = 0; count < 8; count++) {
        found.add((await knock(port)).status);
        found.add(1000 + (await knock(port, `Origin: ${other}`)).status);
      }
      return found;
    };
    expect(await statuses()).toEqual(new Set([403, 1101]));
    await writeFile(configFile, config.replace("identity:", "identiti:"));
    expect((await ask("/reload", { method: "POST" })).status).toBe(422);
    await writeFile(configFile, config.replace("127.0.0.1:0, tls", "127.0.0.1:1, tls"));
    expect(await (await ask("/reload", { method: "POST" })).json()).toMatchObject({
      problems: [expect.stringContaining("`listen` has changed")],
    });
    expect(await statuses()).toEqual(new Set([403, 1101]));
  });

  it("redeems a ticket in whatever worker, once, and refreshes a session from whatever worker", async () => {
    const tokens = await createTokens();
    const { port } = await startWorkers(LIMIT, JSON.stringify(tokens.identity));
    const token = await tokens.sign("ada");
    for (let count = 0; count < 6; count++) {
      const { ticket, session, refreshSecret } = (await postAnew(port, "ticket", { route: "/" }, token)).body;
      const lines = [ORIGIN, `Sec-WebSocket-Protocol: sallyport.ticket.${ticket}, sallyport.v1`];
      const peer = await openRaw(port, { lines });
      expect((await (await connectRaw(port)).send(upgradeRequest({ lines })).head()).status).toBe(403);
      const refresh = async (secret: string | undefined, proof: string): Promise<number | undefined> =>
        (await postAnew(port, "refresh", { session, refreshSecret: secret }, proof)).status;
      const proof = await tokens.sign("ada", Math.floor(Date.now() / 1000) + 900 + count);
      expect([await refresh(refreshSecret, proof), await refresh(refreshSecret, proof)]).toEqual([200, 200]);
      expect(await refresh("another", proof)).toBeGreaterThanOrEqual(400);
      expect(await refresh(refreshSecret, await tokens.sign("bob"))).toBeGreaterThanOrEqual(400);
      expect((await peer.frame(op.text, "still").readFrame()).payload.toString()).toBe("still");
    }
  });

  it("replaces a worker that is killed, gives back what it had, and takes no count back", async () => {
    const running = await startWorkers(LIMIT);
    const { gate, port } = running;
    const peers = await openInBoth(running);
    while (peers.length < 64) peers.push(await openRaw(port, { lines: [ORIGIN] }));
    expect(await metric(running, ADMITTED)).toBe(64);
    const admitted = await until(
      async () => admittedBy(running),
      ({ length }) => length === 64,
    );
    const lost = admitted.filter((worker) => worker === 1).length;
    process.kill(Number((await gate.says(/worker 1, process (\d+)"/))[1]), "SIGKILL");
    await gate.says(/worker 1, process \d+, was ended by SIGKILL/);
    await gate.says(/worker 1, process (\d+)"[^]*worker 1, process (?!\1)\d+"/);
    for (let count = 0; count < lost; count++) expect((await knock(port)).status).toBe(101);
    expect((await knock(port)).status).toBe(429);
    expect(await metric(running, ADMITTED)).toBe(64 + lost);
    expect(await metric(running, "sallyport_worker_deaths_total")).toBe(1);
    expect((await running.ask("/ready")).status).toBe(200);
  });

  it("ends its workers when it is killed itself", async () => {
    const { gate } = await startWorkers();
    const told = await gate.says(/worker \d, process (\d+)"[^]*worker \d, process (\d+)"/);
    const pids = told.slice(1).map(Number);
    gate.child.kill("SIGKILL");
    const alive = await until(
      async () => pids.filter(isAlive),
      (found) => found.length === 0,
    );
    expect(alive).toEqual([]);
  });

  it("exits 3 when the port is in use, also by another gate's workers", async () => {
    const { port } = await startWorkers();
    const words = `run --listen 127.0.0.1:${port} --to ws://127.0.0.1:1 --tls off --origin ${PAGE} --identity anonymous --workers 2`;
    const second = startSallyport(words.split(" "), { withinMs: SLOW_MS / 2 });
    expect(await second.exit()).toBe(3);
    expect(second.written()).toEqual({
      out: "",
      err: expect.stringContaining(`127.0.0.1:${port} is in use`),
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

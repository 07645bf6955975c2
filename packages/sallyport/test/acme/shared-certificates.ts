import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { LocalGate } from "../../src/cli/local-gate.ts";
import { AcmeBoard, certificateName, putOn } from "../../src/hosts/acme/acme-board.ts";
import { acmeName } from "../../src/hosts/acme/acme-store.ts";
import { openAcme } from "../../src/hosts/acme/open-acme.ts";
import { shareCertificates } from "../../src/hosts/acme/share-certificates.ts";
import { nowhere } from "../../src/policy/config-document.ts";
import type { Config } from "../../src/policy/effective-config.ts";
import { resolveConfig } from "../../src/policy/load-config.ts";
import { prepareState } from "../../src/state/open-state.ts";
import { REDIS_FORMAT } from "../../src/state/redis-connection.ts";
import { createStateSecret } from "../../src/state/state-secret.ts";
import { createClientAuthority } from "../client-certificates.ts";
import { recordEvents, type Told } from "../gateway/harness.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import { testNode, until } from "../state/redis-nodes-fixture.ts";
import type { Pebble } from "./pebble.ts";

/** A gate of several, in this process. */
interface Node extends Told {
  readonly port: number;
  readonly gate: LocalGate;
}

const KEY = Buffer.alloc(32, "0123456789").toString("base64");
const VAULT = `sallyport:${REDIS_FORMAT}:{nodes}:vault:${createStateSecret(KEY).id}`;
const domains = ["a.example"];
const isIssued = ({ message }: { readonly message: string }): boolean => message === "certificate: issued";

/** What gates do whose certificates are in the engine. @param shown the certificate that a client is shown, in hex */
export function itSharesCertificates(
  authority: () => Pebble,
  shown: (port: number) => Promise<string>,
): void {
  let engine: RedisServer;
  beforeAll(async () => void (engine = await startRedisServer()));
  afterAll(() => engine.stop());
  beforeEach(async () => void (await engine.tell("FLUSHALL")));

  const configOf = async (acme: Readonly<Record<string, unknown>>): Promise<Config> => {
    const { directory, directoryCa } = authority();
    const value = {
      version: 1,
      listen: [{ address: "127.0.0.1:0", tls: { acme: { domains, directory, directoryCa, ...acme } } }],
      state: { redis: { url: `redis://127.0.0.1:${engine.port}`, key: KEY, timeout: "2s" } },
      routes: [{ path: "/", upstream: "ws://127.0.0.1:1", identity: "anonymous" }],
    };
    const loaded = await resolveConfig({ file: null, base: "/", value, locate: () => nowhere }, {});
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded.config;
  };
  const startNode = async (acme: Readonly<Record<string, unknown>> = {}): Promise<Node> => {
    const config = await configOf(acme);
    const { emit, ...told } = recordEvents();
    const gate = new LocalGate({ version: "0", share: await prepareState(config.state), log: emit });
    const opened = await gate.open(config);
    if (!opened.ok) throw new Error(JSON.stringify(opened));
    onTestFinished(() => gate.drain());
    return { ...told, gate, port: Number(new URL(opened.urls[0] ?? "").port) };
  };

  it("is had once by gates that share an engine: whichever the authority comes to answers, all serve it, and their statements have one key set", async () => {
    const one = await startNode();
    // It has the lock, and waits for the authority, which comes to the second.
    await untilKept(engine, "*-open");
    const other = await startNode();
    authority().leadTo(other.port);
    await one.seen("gate", isIssued);
    const serial = await shown(one.port);
    await until(() => hasCertificate(other));
    expect(await shown(other.port)).toBe(serial);
    // Another that comes later takes it.
    const late = await startNode();
    expect(await shown(late.port)).toBe(serial);
    expect(countOf([one, other, late])).toBe(1);
    const sets = await Promise.all([one, other].map(({ port }) => keySet(port)));
    expect(sets[0]).toEqual(sets[1]);
    const [kept] = await untilKept(engine, "certificate-*");
    expect(await engine.tell(`GET ${kept}`)).not.toMatch(/BEGIN|LS0tLS1CRUdJTi/);
  });

  it("has challenges of http-01 answered by a gate that did not ask, and none that somebody wrote into the engine", async () => {
    const byHttp = { challenge: "http-01", challengeAddress: "127.0.0.1:0" };
    const one = await startNode(byHttp);
    const [kept] = await untilKept(engine, "challenge-*");
    const other = await startNode(byHttp);
    const port = await challengePort(other);
    const token = "t".repeat(43);
    const planted = `${VAULT}:${acmeName("challenge", token)}`;
    for (const command of [`SET ${planted} ${token}.hush`, `COPY ${kept} ${planted} REPLACE`]) {
      await engine.tell(command);
      const answer = await fetch(`http://127.0.0.1:${port}/.well-known/acme-challenge/${token}`);
      expect(answer.status).toBe(404);
    }
    expect(other.events).toContainEqual(
      expect.objectContaining({ message: "shared state holds what is none of ours" }),
    );
    authority().leadTo(port);
    await until(() => [one, other].every(hasCertificate));
    expect(await shown(one.port)).toBe(await shown(other.port));
    // It serves before it is told of.
    await until(() => countOf([one, other]) > 0);
    expect(countOf([one, other])).toBe(1);
  });

  it("serves on while the engine is away at the time of its renewal, puts it back into an engine that lost it, and renews", async () => {
    const { listeners } = await configOf({});
    const [listener] = listeners;
    if (listener?.tls.kind !== "acme") throw new Error("it asks an authority");
    const node = testNode(engine.place, { timeoutMs: 20_000, secret: createStateSecret(KEY) });
    const name = certificateName(listener.tls.acme);
    const earlier = await createClientAuthority("Earlier");
    const alternativeNames = domains.map((value) => ({ type: "dns" as const, value }));
    const stored = await earlier.issue("a.example", { usage: "server", alternativeNames });
    await until(() => node.connection.status().up);
    await node.vault?.save(name, JSON.stringify(stored));
    const board = new AcmeBoard();
    const { emit, ...told } = recordEvents();
    let [now, wake] = [Date.now(), (): void => {}];
    const wait = (_: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve());
      });
    const sharing = shareCertificates(node);
    const acme = await openAcme({
      listeners,
      emit,
      publish: putOn(board),
      sharing,
      clock: { wallNow: () => now, wait },
    });
    onTestFinished(() => acme.close());
    const certificate = board.certificate(listener.tls.acme);
    expect(certificate.current()).toEqual(stored);
    await engine.kill();
    await until(() => !node.connection.status().up);
    now = (certificate.notAfter() ?? 0) - 60_000;
    acme.start();
    await told.seen("gate", ({ message }) => message === "certificate: the storage cannot be used");
    expect(certificate.current()).toEqual(stored);
    await engine.start();
    await until(() => node.connection.status().up);
    now += 6000;
    wake();
    await untilKept(engine, `${name}-next`);
    await untilKept(engine, name);
  });
}

/** What nodes keep under such a name, once there is something. */
async function untilKept(engine: RedisServer, name: string): Promise<readonly string[]> {
  for (;;) {
    const found = (await engine.tell(`KEYS ${VAULT}:${name}`))
      .split("\r\n")
      .filter((line) => line.startsWith(VAULT));
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function countOf(nodes: readonly Node[]): number {
  const events = nodes.flatMap((node) => node.events);
  return events.filter((event) => event.type === "gate" && isIssued(event)).length;
}

function hasCertificate({ gate }: Node): boolean {
  return gate.problems().every((problem) => !problem.includes("no certificate"));
}

async function challengePort({ seen }: Node): Promise<number> {
  const { detail = "" } = await seen("gate", ({ message }) => message.includes("challenges are answered"));
  return Number(/:(\d+)$/.exec(detail)?.[1]);
}

/** The keys by which an application verifies `Sallyport-Identity`. */
async function keySet(port: number): Promise<unknown> {
  const where = { port, host: "127.0.0.1", path: "/.sallyport/jwks.json", rejectUnauthorized: false };
  const response = await new Promise<IncomingMessage>((resolve) => void get(where, resolve));
  return JSON.parse((await response.toArray()).map(String).join(""));
}

import { expect, it } from "vitest";
import type { AttachRouteInput } from "../../src/policy/attach-config.ts";
import { connectRaw, upgradeRequest } from "../gateway/raw-client.ts";
import { guardServer, type GuardedServer, type HostName } from "../hosts/guarded-server.ts";
import { aftermath, describeAttacks, unharmed, type AttackedHost } from "./attack-suite.ts";
import { oddHandshakes, refusedHandshakes, type RefusedHandshake } from "./handshake-table.ts";
import { HEAD_WITHIN_MS, startTarget, type Target } from "./target.ts";

/** @param headWithinMs How long a head may take. */
async function guard(
  host: HostName,
  headWithinMs = 20_000,
): Promise<{ target: Target; guarded: GuardedServer }> {
  const target = startTarget(undefined, headWithinMs);
  const connectionLimit = { authenticateWithin: `${headWithinMs}ms` };
  const routes: readonly AttachRouteInput[] = [
    { path: "/", host: "127.0.0.1", identity: "anonymous", connectionLimit },
    { path: "/app", host: "app.example.com", identity: "anonymous", connectionLimit },
  ];
  return { target, guarded: await guardServer(host, target.server, { routes }) };
}

/** What a client sees of a refusal, and what the gate tells of it. */
interface Outcome {
  readonly status: number;
  readonly connection: string | undefined;
  readonly version: string | undefined;
  readonly allow: string | undefined;
  readonly told: readonly string[];
  readonly incident: boolean;
}

/** The right outcome of an attack on a host; `null`: the connection ends without an answer. */
function wantedOf(attacked: AttackedHost, { status, connect }: RefusedHandshake): Outcome | null {
  if (connect === true && !attacked.answersConnect) return null;
  return {
    status,
    connection: "close",
    version: status === 426 ? "13" : undefined,
    allow: status === 405 ? "GET" : undefined,
    told: [`handshake refuse ${status}`],
    incident: true,
  };
}

async function outcomeOf(guarded: GuardedServer, attack: RefusedHandshake): Promise<Outcome | null> {
  const peer = await connectRaw(guarded.port);
  peer.send(attack.raw ?? upgradeRequest(attack));
  const head = await peer.head().catch(() => null);
  if (head === null && peer.over !== null && peer.waiting.length === 0) return null;
  if (head === null) throw new Error(`no answer, but ${peer.waiting.toString("latin1")}`);
  const body = (await peer.bytes(Number(head.fields.get("content-length") ?? 0))).toString();
  await peer.ended();
  const refused = guarded.events.flatMap((event) => (event.type === "handshake" ? [event] : []));
  return {
    status: head.status,
    connection: head.fields.get("connection")?.split(",", 1)[0],
    version: head.fields.get("sec-websocket-version"),
    allow: head.fields.get("allow"),
    told: refused.map(({ type, verdict, status }) => `${type} ${verdict} ${status}`),
    incident: refused.some(({ incident }) => body.includes(`"${incident}"`)),
  };
}

/** Expressions that backtrack need seconds for what stands in the table. */
const MAX_ANSWER_MS = 5000;

describeAttacks("handshake attacks", (attacked) => {
  it.each(refusedHandshakes)("refuse $name: $status", async (attack) => {
    const { target, guarded } = await guard(attacked.host);
    const began = performance.now();
    expect(await outcomeOf(guarded, attack)).toEqual(wantedOf(attacked, attack));
    expect(performance.now() - began).toBeLessThan(MAX_ANSWER_MS);
    expect([target.arrived, target.messages]).toEqual([[], []]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it.each(oddHandshakes)("are told from what is odd and right: $name", async ({ name: _name, ...parts }) => {
    const { guarded } = await guard(attacked.host);
    const peer = await connectRaw(guarded.port);
    const head = await peer.send(upgradeRequest(parts)).head();
    const negotiated = [...head.fields.keys()].filter((field) => /extensions|protocol/.test(field));
    expect([head.status, negotiated]).toEqual([101, []]);
    peer.close();
    expect(await peer.readClose()).toMatchObject({ code: 1000 });
    peer.socket.end();
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("H44: that never end their head get 408 (CWE-400, slowloris)", async () => {
    const { target, guarded } = await guard(attacked.host, HEAD_WITHIN_MS);
    const peer = await connectRaw(guarded.port);
    const head = await peer.send(upgradeRequest().replace("\r\n\r\n", "\r\n")).head();
    expect(head.status).toBe(408);
    await peer.ended();
    const told = guarded.events.map((event) => (event.type === "handshake" ? event.code : event.type));
    expect(told).toEqual(["handshake.too-slow"]);
    expect(target.arrived).toEqual([]);
    expect(await aftermath(guarded)).toEqual(unharmed);
  });

  it("cover H01 to H45", () => {
    const names = new Set([...refusedHandshakes, ...oddHandshakes].map(({ name }) => name.slice(0, 3)));
    const wanted = Array.from({ length: 45 }, (_, index) => `H${String(index + 1).padStart(2, "0")}`);
    expect(wanted.filter((id) => !names.has(id))).toEqual(["H44"]);
  });
});

import { describe, expect, it } from "vitest";
import { byNobody } from "../../test/recorded-journal.ts";
import type { JournalRecord } from "../journal/journal-record.ts";
import { nowhere } from "../policy/config-document.ts";
import { resolveConfig } from "../policy/load-config.ts";
import { type RecordedChange, RecordedTally } from "./recorded-changes.ts";
import { RecordedStage } from "./recorded-stage.ts";
import { RecordedTraffic } from "./recorded-traffic.ts";

const limits = { total: 100_000, perAddress: 100_000, handshakesPerAddress: "100000/s" };

/** Traffic that is played to a route, and what comes of it. */
async function playing(
  route: object = {},
  most?: number,
): Promise<{
  readonly traffic: RecordedTraffic;
  readonly tally: RecordedTally;
  readonly changes: RecordedChange[];
  readonly take: (...records: readonly JournalRecord[]) => Promise<void>;
}> {
  const routes = [
    { path: "/chat", upstream: "ws://127.0.0.1:1", identity: "anonymous", connectionLimit: limits, ...route },
  ];
  const value = { version: 1, listen: [{ address: "127.0.0.1:8443", tls: "off" }], routes };
  const loaded = await resolveConfig({ file: null, base: "/", value, locate: () => nowhere }, {});
  const set = loaded.ok ? await RecordedStage.set(loaded.config) : loaded;
  if (!set.ok) throw new Error(JSON.stringify(set.problems));
  const changes: RecordedChange[] = [];
  const tally = new RecordedTally((change) => changes.push(change));
  const traffic = new RecordedTraffic(set.stage, tally, most);
  let position = 0;
  const take = async (...records: readonly JournalRecord[]): Promise<void> => {
    for (const record of records)
      await traffic.take({ record, frame: 1, position: position++, payload: null });
  };
  return { traffic, tally, changes, take };
}

const NOON = Date.UTC(2026, 10, 30, 12);
const facts = { session: "s1", route: "/chat", address: "192.0.2.1", user: null };
const arrival = {
  kind: "websocket",
  host: "localhost",
  secure: false,
  cookie: false,
  caller: byNobody,
} as const;
const at = (seconds: number): { readonly time: number } => ({ time: NOON + seconds * 1000 });
const open = (seconds: number, more: object = {}): JournalRecord => ({
  type: "open",
  ...facts,
  path: "/chat",
  origin: null,
  subprotocol: null,
  arrival,
  ...at(seconds),
  ...more,
});
const message = (seconds: number, sequence: number, more: object = {}): JournalRecord => ({
  type: "message",
  ...facts,
  policy: "p",
  sequence,
  direction: "inbound",
  opcode: "text",
  size: 10,
  verdict: "pass",
  name: null,
  guard: null,
  code: null,
  incident: null,
  payload: "none",
  truncated: false,
  ...at(seconds),
  ...more,
});
const closed = (seconds: number, closedBy: "client" | "gate"): JournalRecord => ({
  type: "closed",
  ...facts,
  closedBy,
  closeCode: 1000,
  durationMs: 0,
  inbound: { messages: 0, bytes: 0 },
  outbound: { messages: 0, bytes: 0 },
  ...at(seconds),
});
const ended = (
  seconds: number,
  code: "expiry.token" | "heartbeat.idle" | "heartbeat.missed",
): JournalRecord => ({
  type: "decision",
  verdict: "close",
  incident: "i",
  ...facts,
  direction: null,
  guard: code.slice(0, code.indexOf(".")),
  code,
  detail: "",
  ...at(seconds),
});

describe("RecordedTraffic", () => {
  it("shows a connection that a timer would have ended before its client did", async () => {
    const { changes, take } = await playing({ heartbeat: { idle: "60s" } });
    await take(open(0), closed(300, "client"));
    expect(changes).toMatchObject([
      { change: "refused", what: "connection", sequence: null, time: NOON + 60_000, code: "heartbeat.idle" },
    ]);
  });

  it("finds nothing where a timer ended it then as it would now", async () => {
    const { tally, changes, take } = await playing({ heartbeat: { idle: "60s" } });
    await take(open(0), ended(60, "heartbeat.idle"), closed(60.5, "gate"));
    expect(changes).toEqual([]);
    expect(tally.of("/chat").stillRefused).toBe(1);
  });

  it("shows a connection that a timer ended then and would not now; not where nobody knows whether the peer still answered", async () => {
    const { changes, take } = await playing();
    await take(open(0), ended(60, "heartbeat.idle"), closed(60, "gate"));
    await take(open(100), ended(160, "heartbeat.missed"), closed(160, "gate"));
    expect(changes).toMatchObject([
      { change: "no-longer-refused", what: "connection", guard: "heartbeat", code: "heartbeat.idle" },
    ]);
  });

  it("tells what ended a connection where only the message that did was refused then", async () => {
    const { tally, changes, take } = await playing({ messageSize: { inbound: "64B" } });
    await take(open(0), message(1, 1, { size: 100, verdict: "drop" }), message(2, 2), message(3, 3));
    expect(changes).toMatchObject([
      { change: "refused", what: "connection", sequence: 2, code: "messageSize.bytes" },
    ]);
    expect(tally.of("/chat")).toMatchObject({ stillRefused: 1, refused: 1, cutOff: 2 });
  });

  it("judges nothing of a route that the policy does not have", async () => {
    const { tally, changes, take } = await playing();
    await take(
      message(0, 1, { route: "/gone", session: "s9" }),
      message(1, 2, { route: "/gone", session: "s9" }),
    );
    await take(open(2, { path: "/other", route: "/other" }), message(3, 1, { route: "/other" }));
    expect(tally.of("/gone")).toMatchObject({ sessions: 1, partial: 1, messages: 2, notJudged: 2 });
    expect(changes).toMatchObject([{ what: "handshake", route: "/other", code: "handshake.no-route" }]);
    expect(tally.of("/other").cutOff).toBe(1);
  });

  it("plays no message of more than 64 MiB without its content", async () => {
    const { tally, take } = await playing({
      messageSize: { inbound: "1GiB" },
      messageRate: { bytesPerConnection: "1GiB/s" },
    });
    await take(open(0), message(1, 1, { size: 64 * 1024 * 1024 + 1 }), message(2, 2));
    expect(tally.of("/chat")).toMatchObject({ notJudged: 1, notOnContent: 2, refused: 0 });
  });

  it("counts what a connection's numbers say is missing", async () => {
    const { tally, take } = await playing();
    await take(open(0), message(1, 3), message(2, 4), message(3, 9));
    expect(tally.of("/chat").shed).toBe(6);
  });

  it("begins anew where an id comes again, and passes over a request for a page and what was only observed", async () => {
    const { traffic, tally, take } = await playing();
    const refusal = {
      type: "handshake",
      incident: "i",
      guard: "origin",
      code: "origin.foreign",
      status: 403,
      detail: "",
    } as const;
    const from = { route: "/chat", address: "192.0.2.1", user: null, path: "/chat", origin: null, ...at(1) };
    await take(
      open(0),
      open(1),
      { ...refusal, ...from, verdict: "observe", arrival },
      { ...refusal, ...from, verdict: "refuse", arrival: { ...arrival, kind: "http" } },
      { ...refusal, ...from, verdict: "refuse" },
      { type: "gate", level: "info", message: "x", ...at(2) },
    );
    traffic.finish();
    expect(tally.of("/chat")).toMatchObject({ sessions: 2, handshakes: 2, handshakesNotJudged: 1 });
    expect(traffic.findings).toMatchObject({ open: 1, records: 6 });
  });

  it("follows so many connections at once, and lets go of the one that was silent longest", async () => {
    const { traffic, tally, take } = await playing({}, 2);
    await take(
      open(0, { session: "s1" }),
      open(0, { session: "s2" }),
      message(1, 1),
      open(2, { session: "s3" }),
    );
    expect(traffic.findings.unended).toBe(1);
    // It was the second: of the first something is known still.
    await take(message(3, 2), message(3, 1, { session: "s2" }));
    expect(tally.of("/chat")).toMatchObject({ sessions: 4, partial: 1 });
    traffic.finish();
    expect(traffic.findings.open).toBe(2);
  });
});

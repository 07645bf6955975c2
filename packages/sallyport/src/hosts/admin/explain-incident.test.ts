import { describe, expect, it } from "vitest";
import { errors, type ErrorCode } from "../../errors.ts";
import type { DecisionEvent, FindingEvent, HandshakeEvent } from "../../events.ts";
import { allowingLine } from "./allowing-line.ts";
import { explainIncident } from "./explain-incident.ts";

const at = "2026-11-30T10:00:00.000Z";

const handshake = (changes: Partial<HandshakeEvent> = {}): HandshakeEvent => ({
  type: "handshake",
  verdict: "refuse",
  incident: "i1",
  guard: "origin",
  code: "origin.foreign",
  status: 403,
  detail: '"https://evil.example" is not one of origin.allow: https://app.example.com',
  route: "/chat",
  address: "203.0.113.7",
  user: null,
  path: "/chat",
  origin: "https://evil.example",
  ...changes,
});

const decision = (code: ErrorCode, changes: Partial<DecisionEvent> = {}): DecisionEvent => ({
  type: "decision",
  verdict: "close",
  incident: "i2",
  session: "s1",
  route: "/chat",
  address: "203.0.113.7",
  user: "ann",
  direction: "inbound",
  guard: code.split(".", 1)[0] ?? "",
  code,
  detail: "",
  ...changes,
});

const finding: FindingEvent = {
  type: "finding",
  incident: "f1",
  detector: "handshakeScan",
  severity: "high",
  sentence: "203.0.113.7 was refused 30 handshakes in 60 s.",
  subject: { kind: "address", value: "203.0.113.7/32" },
  route: null,
  address: null,
  user: null,
  session: null,
  measured: { refused: 30, seconds: 60 },
  references: ["ATT&CK T1595"],
  answer: "ban",
  outcome: "done",
  detail: "203.0.113.7/32 is banned for 10m",
};

describe("explainIncident", () => {
  it("says who asked for what, from which page, and why it was refused", () => {
    expect(explainIncident({ at, ...handshake() })).toEqual({
      incident: "i1",
      at,
      type: "handshake",
      verdict: "refuse",
      guard: "origin",
      code: "origin.foreign",
      sentence:
        "Somebody at 203.0.113.7 on a page of https://evil.example asked for /chat and was refused (403): The page's origin is not allowed here.",
      rule: "origin.allow",
      value: '"https://evil.example" is not one of origin.allow: https://app.example.com',
      mend: errors["origin.foreign"].mend,
      allow: { where: "the route /chat", line: "origin: { allow: [https://evil.example] }" },
      route: "/chat",
      address: "203.0.113.7",
      user: null,
      session: null,
      origin: "https://evil.example",
      severity: null,
      done: null,
      isUndoable: false,
      references: [],
    });
    const observed = handshake({ verdict: "observe", user: "ann", origin: null });
    expect(explainIncident({ at, ...observed }).sentence).toMatch(
      /^ann, at 203\.0\.113\.7, asked for \/chat and would have been refused \(403\): /,
    );
  });

  it.each([
    [
      decision("messageSize.bytes"),
      "The connection of ann, at 203.0.113.7, on /chat was closed (1009), over a message from it: ",
    ],
    [decision("leak.closed", { direction: "outbound" }), "was closed (1008), over a message to it: "],
    [
      decision("heartbeat.life", { direction: null, user: null }),
      "The connection of somebody, at 203.0.113.7, on /chat was closed (",
    ],
    [
      decision("leak.redacted", { verdict: "replace", direction: "outbound" }),
      "A message to ann, at 203.0.113.7, on /chat was changed before it went on: ",
    ],
    [
      decision("threat.signature", { verdict: "observe" }),
      "A message from ann, at 203.0.113.7, on /chat passed, and would not have",
    ],
    [
      decision("slowConsumer.dropped", { verdict: "drop", direction: null }),
      "The connection of ann, at 203.0.113.7, on /chat was dropped: ",
    ],
  ])("says what became of a message or a connection: %#", (event, sentence) => {
    expect(explainIncident({ at, ...event }).sentence).toContain(sentence);
  });

  it("tells what the watch noticed, what was done about it, and whether that can be taken back", () => {
    expect(explainIncident({ at, ...finding })).toMatchObject({
      verdict: "alert",
      guard: "watch",
      code: "handshakeScan",
      sentence: finding.sentence,
      rule: "watch.detectors.handshakeScan",
      value: "refused 30, seconds 60",
      allow: { where: "`watch`", line: 'allow: ["203.0.113.7/32"]' },
      address: "203.0.113.7/32",
      done: "ban, done: 203.0.113.7/32 is banned for 10m",
      isUndoable: true,
    });
    const undone = explainIncident({ at, undoneAt: at, ...finding });
    expect([undone.isUndoable, undone.done]).toEqual([
      false,
      expect.stringContaining(`; taken back at ${at}`),
    ]);
    expect(explainIncident({ at, ...finding, outcome: "observe" }).done).toContain(
      "nothing: the watch observes",
    );
    const user = { ...finding, subject: { kind: "user", value: "ann" } as const, detail: "" };
    expect(explainIncident({ at, ...user }).allow?.line).toBe('allowUsers: ["ann"]');
    const route = { ...finding, subject: { kind: "route", value: "/chat" } as const };
    expect(explainIncident({ at, ...route })).toMatchObject({ allow: null, route: "/chat" });
  });

  it("has a sentence for every code of the registry", () => {
    const codes = Object.keys(errors) as ErrorCode[];
    expect(codes.length).toBeGreaterThan(80);
    for (const code of codes) {
      const explained = explainIncident({ at, ...decision(code) });
      expect(explained.sentence).toContain(errors[code].message);
      expect(explained.allow?.line ?? "x: y").toMatch(/^[a-zA-Z]+: \S/);
    }
  });
});

describe("allowingLine", () => {
  it.each([
    [
      decision("messageSize.bytes", { detail: "70000 bytes, limit 65536" }),
      "messageSize: { inbound: 128KiB }",
    ],
    [
      decision("messageSize.bytes", { detail: "2 bytes, limit 1", direction: "outbound" }),
      "messageSize: { outbound: 1KiB }",
    ],
    [
      decision("messageRate.messages", { detail: "over the rate for 10 s; the limit is 20/s" }),
      "messageRate: { perConnection: 40/s }",
    ],
    [
      decision("messageRate.bytes", { detail: "the limit is 8MiB/s" }),
      "messageRate: { bytesPerConnection: 16MiB/s }",
    ],
    [decision("connectionLimit.perUser", { detail: "5 connections" }), "connectionLimit: { perUser: 10 }"],
    [decision("threat.hygiene"), "threat: { mode: observe }"],
    [handshake({ origin: "https://ev il\u202e" }), 'origin: { allow: ["https://ev il\u202e"] }'],
    [
      handshake({
        guard: "subprotocol",
        code: "subprotocol.not-allowed",
        detail: 'offered "chat.v2", allowed "chat.v1"',
      }),
      "subprotocol: { allow: [chat.v2] }",
    ],
  ])("is what would allow it: %#", (event, line) => expect(allowingLine(event)?.line).toBe(line));

  it("is none where the detail does not say how much, and where no line allows it", () => {
    expect(allowingLine(decision("messageSize.bytes"))).toBeNull();
    expect(allowingLine(decision("protocol.unmasked-frame"))).toBeNull();
    expect(allowingLine(decision("expiry.token"))).toBeNull();
    expect(allowingLine(handshake({ origin: null }))).toBeNull();
  });

  it("stands in the defaults where there is no route", () => {
    expect(allowingLine(handshake({ route: null }))?.where).toBe("`defaults`");
  });
});

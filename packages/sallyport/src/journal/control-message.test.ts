import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  askedOf,
  type ControlRequest,
  isRecordable,
  parseControlAnswer,
  parseControlRequest,
} from "./control-message.ts";
import type { JournalReading } from "./journal-record.ts";

const reading: JournalReading = {
  role: "analyst",
  reader: "0123456789abcdef",
  by: "ada",
  command: "search",
  reason: "ticket 4711",
  asked: { user: "alice", since: 1, textLength: 6 },
};
const requests: readonly ControlRequest[] = [
  { request: "reading", reading },
  { request: "reading", reading: { ...reading, reader: null, reason: null, asked: {} } },
  { request: "erase", user: "alice", order: "a note" },
  { request: "keys", handover: "AAAA", change: { change: "rotated", reader: null, role: null, by: "ada" } },
];

describe("parseControlRequest", () => {
  it("reads every request", () => {
    expect(requests.map((request) => parseControlRequest(JSON.stringify(request)))).toEqual(requests);
  });

  it.for([
    "",
    "null",
    "[]",
    '{"request":"reading"}',
    '{"request":"stop"}',
    JSON.stringify({ ...requests[2], more: 1 }),
    JSON.stringify({ request: "erase", user: "", order: "a note" }),
    JSON.stringify({ request: "erase", user: "x".repeat(1025), order: "a note" }),
    JSON.stringify({ request: "keys", handover: "not base64!", change: {} }),
    JSON.stringify({ request: "reading", reading: { ...reading, role: "owner" } }),
    JSON.stringify({ request: "reading", reading: { ...reading, asked: { text: "the secret itself" } } }),
    JSON.stringify({ request: "reading", reading: { ...reading, asked: { textLength: -1 } } }),
    `{"request":"erase","user":"alice","order":"a note","__proto__":{"request":"erase"}}`,
    "[".repeat(60_000),
  ])("refuses %j", (line) => {
    expect(parseControlRequest(line)).toBeNull();
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(() => parseControlRequest(line)).not.toThrow();
        expect(parseControlRequest(line)).toBeNull();
      }),
    );
  });
});

describe("parseControlAnswer", () => {
  it("reads answers, and nothing else", () => {
    for (const answer of [{ ok: true }, { ok: true, keys: 2 }, { ok: false, problem: "p" }])
      expect(parseControlAnswer(JSON.stringify(answer))).toEqual(answer);
    expect(parseControlAnswer('{"ok":"yes"}')).toBeNull();
    expect(parseControlAnswer("HTTP/1.1 400 Bad Request")).toBeNull();
  });
});

describe("isRecordable", () => {
  it("refuses what is longer than a record takes", () => {
    expect(isRecordable(reading)).toBe(true);
    expect(isRecordable({ ...reading, reason: "x".repeat(1025) })).toBe(false);
  });
});

describe("askedOf", () => {
  it("tells of a text that is searched only how long it is", () => {
    expect(askedOf({})).toEqual({});
    expect(
      askedOf({ fields: { user: "alice" }, since: 1, until: 2, text: "secret", payloads: true }),
    ).toEqual({
      user: "alice",
      since: 1,
      until: 2,
      textLength: 6,
    });
  });
});

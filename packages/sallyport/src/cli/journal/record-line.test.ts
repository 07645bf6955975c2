import { describe, expect, it } from "vitest";

import { NOON } from "../../../test/journal-fixture.ts";
import type { JournalEvent } from "../../journal/journal-record.ts";
import { recordLine } from "./record-line.ts";

const whose = { session: "s1", route: "/chat", address: "192.0.2.1", user: "ann" };
const page = { path: "/chat", origin: null };
const refused = { incident: "i1", guard: "origin", code: "origin.foreign", detail: "found x" } as const;
const lane = { messages: 3, bytes: 9 };

const events: readonly (readonly [JournalEvent, RegExp])[] = [
  [
    { type: "open", ...whose, ...page, subprotocol: "mqtt" },
    /^· opened +\/chat subprotocol mqtt \[s1\] ann 192/,
  ],
  [
    {
      type: "handshake",
      verdict: "observe",
      ...refused,
      status: 403,
      ...whose,
      ...page,
      origin: "https://a.example",
    },
    /^· observe +origin.foreign \(403\) \/chat from page https:\/\/a.example: found x incident i1 /,
  ],
  [
    { type: "refresh", ...whose, until: "2026-12-01T00:00:00Z" },
    /^· renewed +until 2026-12-01T00:00:00Z \[s1\]/,
  ],
  [{ type: "refresh", ...whose, until: null }, /^· renewed +\[s1\]/],
  [
    { type: "decision", verdict: "report", ...refused, ...whose, direction: null },
    /^· report +origin.foreign: found x incident i1 \[s1\]/,
  ],
  [
    {
      type: "closed",
      ...whose,
      closedBy: "client",
      closeCode: 1000,
      durationMs: 61_500,
      inbound: lane,
      outbound: lane,
    },
    /^· closed +1000 by the client, 3 messages in, 3 out, 61.5 s \[s1\]/,
  ],
  [
    {
      type: "admin",
      name: "on-call",
      role: "operator",
      address: "::1",
      method: "POST",
      path: "/bans",
      status: 200,
      detail: "x",
    },
    /^· admin +POST \/bans by on-call \(operator\): 200, x ::1$/,
  ],
  [
    {
      type: "admin",
      name: null,
      role: null,
      address: "::1",
      method: "GET",
      path: "/bans",
      status: 401,
      detail: "x",
    },
    /^· admin +GET \/bans by nobody known: 401, x ::1$/,
  ],
  [{ type: "gate", level: "error", message: "failed", detail: "why" }, /^· gate +failed: why$/],
  [{ type: "gate", level: "info", message: "ready" }, /^· gate +ready$/],
  [
    { type: "journal", what: "clock", from: NOON, to: NOON - 1000 },
    /^· journal +clock, from 2026-11-30T12:00:00.000Z, to 2026-11-30T11:59:59.000Z$/,
  ],
  [
    { type: "journal", what: "erased", user: "ann\u001b", keys: 2 },
    /^· journal +erased, user ann\\u001b, keys 2$/,
  ],
];

describe("recordLine", () => {
  it.each(events)("tells of %j in a line", (event, line) => {
    const record = { ...event, time: NOON };
    const written = recordLine({ record, frame: 12, position: 3, payload: null }, { colour: false });
    expect(written).toMatch(/^2026-11-30T12:00:00.000Z 12:3 +/);
    expect(written.replace(/^\S+ 12:3 +/, "").replace(/\n$/, "")).toMatch(line);
  });
});

import { describe, expect, it } from "vitest";
import type { SallyportEvent } from "../events.ts";
import { eventLine } from "./event-line.ts";

const nasty = "\u001b[31m\r\n\u0007\u009b2J\u202e\u{1f600}é";
const at = new Date(Date.UTC(2026, 0, 1, 12, 34, 56));
const shared = { route: "/", address: "192.0.2.1", user: nasty, path: nasty, origin: nasty } as const;
const counts = { messages: 3, bytes: 30 };
const events: readonly SallyportEvent[] = [
  {
    type: "handshake",
    verdict: "refuse",
    incident: "i1",
    guard: "origin",
    code: "origin.foreign",
    status: 403,
    detail: nasty,
    ...shared,
  },
  {
    type: "handshake",
    verdict: "observe",
    incident: "i1",
    guard: "origin",
    code: "origin.foreign",
    status: 403,
    detail: nasty,
    ...shared,
    origin: null,
  },
  { type: "open", session: "s1", subprotocol: null, ...shared },
  { type: "open", session: "s1", subprotocol: null, ...shared, user: null, origin: null },
  {
    type: "decision",
    verdict: "close",
    incident: "i1",
    session: "s1",
    route: "/",
    address: "192.0.2.1",
    user: null,
    direction: "inbound",
    guard: "messageSize",
    code: "messageSize.bytes",
    detail: nasty,
  },
  {
    type: "closed",
    session: "s1",
    route: "/",
    address: "192.0.2.1",
    user: null,
    closedBy: "client",
    closeCode: 1000,
    durationMs: 1500,
    inbound: counts,
    outbound: counts,
  },
  {
    type: "admin",
    name: "grafana",
    role: "viewer",
    address: "192.0.2.1",
    method: "GET",
    path: nasty,
    status: 200,
    detail: nasty,
  },
  {
    type: "admin",
    name: null,
    role: null,
    address: "192.0.2.1",
    method: "GET",
    path: "/bans",
    status: 401,
    detail: "x",
  },
  { type: "gate", level: "error", message: nasty, detail: nasty },
  { type: "gate", level: "info", message: "plain" },
];

describe("eventLine", () => {
  it.each(events)(
    "writes one line of printable ASCII for $type, whatever a peer sent (CWE-117, CWE-150)",
    (event) => {
      const line = eventLine(event, at, { colour: false });
      expect(line).toMatch(/^12:34:56 [ -~]+$/);
    },
  );

  it("shows what was replaced, and how to allow what was refused", () => {
    const [refused] = events;
    const line = refused === undefined ? "" : eventLine(refused, at, { colour: false });
    expect(line).toContain(
      "refused  origin.foreign (403) \\u{1b}[31m\\u{d}\\u{a}\\u{7}\\u{9b}2J\\u{202e}\\u{1f600}\\u{e9} from 192.0.2.1",
    );
    expect(line).toContain("[incident i1] Add it to `origin.allow`");
  });

  it("colours the decision alone, and never by what a peer sent", () => {
    for (const event of events) {
      const coloured = eventLine(event, at, { colour: true });
      // oxlint-disable-next-line no-control-regex -- the escapes that it may write itself
      const plain = coloured.replaceAll(/\u001b\[\d{1,2}m/g, "");
      expect(plain).toBe(eventLine(event, at, { colour: false }));
      expect(coloured).not.toBe(plain);
    }
  });
});

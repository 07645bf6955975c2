import type {
  AdminEvent,
  ClosedEvent,
  DecisionEvent,
  FindingEvent,
  HandshakeEvent,
  OpenEvent,
  RefreshEvent,
  SallyportEvent,
  ToldArrival,
  ToldTrace,
} from "../src/events.ts";

const arrival: ToldArrival = {
  kind: "websocket",
  host: "chat.example.com",
  secure: true,
  cookie: false,
  caller: {
    provider: "jwt",
    issuer: "https://id.example.com",
    tenant: null,
    credential: "header",
    until: null,
  },
};
const trace: ToldTrace = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentId: "00f067aa0ba902b7",
  startedAt: Date.UTC(2026, 10, 30, 11, 59, 59),
};
const of = { session: "s3ss10n", route: "/chat", address: "203.0.113.9", user: "ada" };

const handshake: HandshakeEvent = {
  type: "handshake",
  verdict: "refuse",
  incident: "k3n0",
  guard: "origin",
  code: "origin.foreign",
  status: 403,
  detail: 'origin "https://evil.example"',
  route: "/chat",
  address: "203.0.113.9",
  user: null,
  path: "/chat",
  origin: "https://evil.example",
  arrival,
  trace,
};
const open: OpenEvent = {
  type: "open",
  ...of,
  path: "/chat/1",
  origin: "https://app.example.com",
  subprotocol: "chat.v1",
  arrival,
  trace,
};
const decision: DecisionEvent = {
  type: "decision",
  verdict: "close",
  incident: "k3n1",
  ...of,
  direction: "inbound",
  guard: "messageSchema",
  code: "messageSchema.mismatch",
  detail: "/amount: expected a number",
  trace,
};
const refresh: RefreshEvent = { type: "refresh", ...of, until: "2026-11-30T13:00:00.000Z" };
const closed: ClosedEvent = {
  type: "closed",
  ...of,
  closedBy: "client",
  closeCode: 1000,
  durationMs: 1234.5,
  inbound: { messages: 3, bytes: 300 },
  outbound: { messages: 5, bytes: 5000 },
  trace,
};
const admin: AdminEvent = {
  type: "admin",
  name: "ops",
  role: "operator",
  address: "127.0.0.1",
  method: "POST",
  path: "/v1/bans",
  status: 201,
  detail: "203.0.113.0/24 was banned",
};
const finding: FindingEvent = {
  type: "finding",
  incident: "k3n2",
  detector: "handshakeScan",
  severity: "high",
  sentence: "54 handshakes from 203.0.113.0/24 were refused within 60 s, by 3 guards",
  subject: { kind: "address", value: "203.0.113.0/24" },
  route: "/chat",
  address: "203.0.113.9",
  user: "ada",
  session: null,
  measured: { refused: 54, guards: 3 },
  references: ["ATT&CK T1595"],
  answer: "ban",
  outcome: "done",
  detail: "banned for 10 min",
};

const bare: HandshakeEvent = { ...handshake, route: null, origin: null, path: "" };
delete (bare as { arrival?: unknown }).arrival;
delete (bare as { trace?: unknown }).trace;

/** An event of every kind, in every form that outputs tell apart. */
export const everyEvent: readonly SallyportEvent[] = [
  handshake,
  { ...handshake, verdict: "observe", address: "2001:db8::7" },
  { ...handshake, arrival: { ...arrival, kind: "http", caller: null, secure: false } },
  { ...handshake, status: 503, code: "session.draining", guard: "session" },
  { ...bare, address: "" },
  { ...handshake, guard: "identity", code: "identity.invalid", status: 401, address: "a socket" },
  { ...handshake, guard: "identity", code: "identity.invalid", status: 401, verdict: "observe", route: null },
  open,
  { ...open, user: null, origin: null, subprotocol: null },
  refresh,
  { ...refresh, user: null, until: null },
  ...(["close", "drop", "replace", "report", "observe"] as const).map((verdict) =>
    Object.assign({}, decision, { verdict }),
  ),
  { ...decision, direction: "outbound" },
  { ...decision, direction: null, user: null },
  closed,
  { ...closed, closedBy: "gate", closeCode: 1008, user: null },
  admin,
  { ...admin, name: null, role: null, status: 401, method: "DELETE", detail: "" },
  { ...admin, method: "OPTIONS" },
  finding,
  { ...finding, outcome: "observe", severity: "low", route: null, address: null, user: null, detail: "" },
  { ...finding, references: [], severity: "critical", session: "s3ss10n" },
  { type: "gate", level: "info", message: "reloaded" },
  { type: "gate", level: "warn", message: "not ready", detail: "no key set yet" },
  { type: "gate", level: "error", message: "worker lost", detail: "2" },
];

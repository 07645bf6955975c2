import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { createEventLog } from "../packages/sallyport/src/cli/event-log.ts";
import type { SallyportEvent } from "../packages/sallyport/src/events.ts";

const who = { session: "s", route: "/", address: "192.0.2.1", user: null };
const decided = { incident: "i", guard: "origin", code: "origin.foreign", detail: "d" } as const;
const arrival = {
  kind: "websocket",
  host: "h",
  secure: true,
  cookie: true,
  caller: { provider: "jwt", issuer: "i", tenant: null, credential: "cookie", until: null },
} as const;
const asked = { path: "/", origin: null, arrival };
const counts = { messages: 1, bytes: 1 };

/** One event of each kind, with everything that it may hold. */
const events: Readonly<Record<SallyportEvent["type"], SallyportEvent>> = {
  handshake: { ...who, ...decided, ...asked, type: "handshake", verdict: "refuse", status: 403 },
  open: { ...who, ...asked, type: "open", subprotocol: null },
  refresh: { ...who, type: "refresh", until: null },
  decision: { ...who, ...decided, type: "decision", verdict: "close", direction: null, found: {} },
  closed: {
    ...who,
    type: "closed",
    closedBy: "client",
    closeCode: 1000,
    durationMs: 1,
    inbound: counts,
    outbound: counts,
  },
  admin: {
    type: "admin",
    name: "ops",
    role: "viewer",
    address: "a",
    method: "GET",
    path: "/",
    status: 200,
    detail: "d",
  },
  finding: {
    ...who,
    type: "finding",
    incident: "i",
    detector: "fuzzing",
    severity: "low",
    sentence: "s",
    subject: { kind: "user", value: "ada" },
    measured: {},
    references: [],
    answer: "alert",
    outcome: "done",
    detail: "",
  },
  gate: { type: "gate", level: "info", message: "m", detail: "d" },
};

/** Names of fields, those of mappings in them too. */
function fieldsOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => fieldsOf(inner).concat(name));
}

describe("the page of the log", () => {
  it("names every field of every event as a line of JSON has it", async () => {
    const page = await readFile(new URL("../docs/reference/log.md", import.meta.url), "utf8");
    const stream = new PassThrough();
    const log = createEventLog({ format: "json", level: "debug", worker: 1 }, stream);
    for (const event of Object.values(events)) log.take(event);
    const lines = String(stream.read()).trimEnd().split("\n");
    const fields = new Set(lines.flatMap((line) => fieldsOf(JSON.parse(line))));
    expect(fields.size).toBeGreaterThan(40);
    expect([...fields].filter((field) => !page.includes(`\`${field}\``))).toEqual([]);
    for (const type of Object.keys(events)) expect(page).toContain(`\`${type}\``);
  });
});

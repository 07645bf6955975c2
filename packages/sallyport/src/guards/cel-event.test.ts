import { describe, expect, it } from "vitest";
import { decision, opening, refusal, traffic } from "../../test/watch-fixture.ts";
import { compileEventCel } from "./cel.ts";
import { CelEvent, CelLane } from "./cel-event.ts";

function evaluate(text: string, event: Parameters<CelEvent["show"]>[0]): unknown {
  const compiled = compileEventCel(text);
  if (!compiled.ok) return compiled.problems;
  const shown = new CelEvent();
  shown.show(event);
  return compiled.evaluate(shown);
}
const arrival = {
  kind: "websocket",
  host: "app.example.com",
  secure: true,
  cookie: false,
  caller: { provider: "jwt", issuer: "i", tenant: "t", credential: "authorization", until: null },
} as const;
const closed = {
  type: "closed",
  session: "s",
  route: "/chat",
  address: "192.0.2.1",
  user: null,
  closedBy: "gate",
  closeCode: 4522,
  durationMs: 5,
  inbound: { messages: 3, bytes: 900 },
  outbound: { messages: 0, bytes: 0 },
} as const;

describe("CelEvent", () => {
  it("shows the fields of any event, and null for those that it does not have", () => {
    expect(evaluate('event.type == "decision" && event.code == "messageSchema.mismatch"', decision())).toBe(
      true,
    );
    expect(evaluate('event.status == 404 && event.session == null && event.path == "/"', refusal())).toBe(
      true,
    );
    expect(evaluate('event.host == "app.example.com" && event.provider == "jwt"', opening({ arrival }))).toBe(
      true,
    );
    expect(
      evaluate(
        "event.provider == null && event.secure == true",
        opening({ arrival: { ...arrival, caller: null } }),
      ),
    ).toBe(true);
    expect(evaluate("event.closeCode >= 4500 && event.inbound.bytes > 800", closed)).toBe(true);
    expect(
      evaluate('event.role == "viewer" && event.name == "ops" && event.method == "GET"', {
        type: "admin",
        name: "ops",
        role: "viewer",
        address: "127.0.0.1",
        method: "GET",
        path: "/sessions",
        status: 200,
        detail: "",
      }),
    ).toBe(true);
    expect(
      evaluate('event.level == "warn" && event.address == null', {
        type: "gate",
        level: "warn",
        message: "m",
      }),
    ).toBe(true);
  });

  it("keeps nothing of the event before", () => {
    const event = new CelEvent();
    event.show(closed);
    event.show({ type: "gate", level: "info", message: "m" });
    expect(event).toEqual(Object.assign(new CelEvent(), { type: "gate", level: "info" }));
  });

  it("has a type for each of its fields, so that any other name is an error at load", () => {
    expect(Object.keys(CelEvent.fields).sort()).toEqual(Object.keys(new CelEvent()).sort());
    expect(Object.keys(CelLane.fields).sort()).toEqual(Object.keys(new CelLane()).sort());
    expect(evaluate("event.detail == 'x'", closed)).toEqual([expect.stringContaining("detail")]);
  });

  it("is not moved by a value of another type", () => {
    expect(evaluate("event.user < 5", decision())).toMatchObject({ why: expect.any(String) as string });
    expect(traffic().type).toBe("traffic");
  });
});

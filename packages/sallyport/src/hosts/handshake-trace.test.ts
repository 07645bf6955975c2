import { describe, expect, it } from "vitest";
import { HeaderList } from "../protocol/header-list.ts";
import { newHandshake } from "./arrival.ts";
import { applicationHeaders } from "./application-headers.ts";
import { beginTrace, type TraceGate } from "./handshake-trace.ts";
import type { Handshake } from "../guards/guard.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

function handshakeWith(...headers: string[]): Handshake {
  const request = {
    kind: "websocket",
    method: "GET",
    path: "/chat",
    query: "",
    host: "chat.example.com",
    headers: new HeaderList(["Host", "chat.example.com", ...headers]),
    address: "203.0.113.9",
    secure: true,
    subprotocols: [],
    listener: { loopback: true, secure: true, port: 443, names: [] },
  } as const;
  return newHandshake({ now: () => 0, wallNow: () => 1000 }, { ...request, certificate: null });
}

const gateOf = (otlp: TraceGate["policy"]["telemetry"]["otlp"]): TraceGate => ({
  policy: { telemetry: { otlp } },
  random: (bytes) => new Uint8Array(bytes).fill(0xab),
});
const traced = gateOf({ traces: "http://127.0.0.1:4318/v1/traces", traceContext: "continue" });
const OURS = "ab".repeat(8);

function sentTo(handshake: Handshake): Record<string, string> {
  const flat = applicationHeaders(handshake, { session: null, identity: "statement" });
  const pairs = flat.flatMap((name, index) =>
    index % 2 === 0 && name.startsWith("trace") ? [[name, flat[index + 1] ?? ""] as const] : [],
  );
  expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
  return Object.fromEntries(pairs);
}

describe("beginTrace", () => {
  it("makes our span the child of the client's, and the parent of the application's (W3C Trace Context 3.4)", () => {
    const handshake = handshakeWith("traceparent", `00-${TRACE}-${SPAN}-01`, "tracestate", "a=b");
    beginTrace(traced, handshake);
    expect(handshake.trace?.told).toEqual({
      traceId: TRACE,
      spanId: OURS,
      parentId: SPAN,
      startedAt: 1000,
    });
    expect(sentTo(handshake)).toEqual({ traceparent: `00-${TRACE}-${OURS}-01`, tracestate: "a=b" });
  });

  it("passes on what the client does not sample, and tells nothing of it", () => {
    const handshake = handshakeWith("traceparent", `00-${TRACE}-${SPAN}-00`);
    beginTrace(traced, handshake);
    expect(handshake.trace?.told).toBeNull();
    expect(sentTo(handshake)).toEqual({ traceparent: `00-${TRACE}-${OURS}-00` });
  });

  it.each([
    ["there is none", []],
    ["it is none", ["traceparent", "00-bad", "tracestate", "a=b"]],
    [
      "there are two",
      ["traceparent", `00-${TRACE}-${SPAN}-01`, "traceparent", `00-${TRACE}-${SPAN}-01`, "tracestate", "a=b"],
    ],
  ])("begins a trace where %s, without the state of another (3.2.2)", (_name, headers) => {
    const handshake = handshakeWith(...headers);
    beginTrace(traced, handshake);
    expect(handshake.trace?.told).toMatchObject({ traceId: "ab".repeat(16), parentId: null });
    expect(sentTo(handshake)).toEqual({ traceparent: `00-${"ab".repeat(16)}-${OURS}-03` });
  });

  it("begins a trace of its own where it is told to believe nobody", () => {
    const handshake = handshakeWith("traceparent", `00-${TRACE}-${SPAN}-00`, "tracestate", "a=b");
    beginTrace(gateOf({ traces: "http://127.0.0.1/v1/traces", traceContext: "restart" }), handshake);
    expect(handshake.trace?.told).toMatchObject({ traceId: "ab".repeat(16), parentId: null });
    expect(sentTo(handshake)).toEqual({ traceparent: `00-${"ab".repeat(16)}-${OURS}-03` });
  });

  it.each([
    ["nothing is exported", null],
    ["only logs are", { traces: null, traceContext: "continue" as const }],
  ])("leaves what the client sent untouched where %s", (_name, otlp) => {
    const handshake = handshakeWith("traceparent", "whatever it is", "tracestate", "A");
    beginTrace(gateOf(otlp), handshake);
    expect(handshake.trace).toBeUndefined();
    expect(sentTo(handshake)).toEqual({ traceparent: "whatever it is", tracestate: "A" });
  });
});

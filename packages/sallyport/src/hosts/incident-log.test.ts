import { describe, expect, it } from "vitest";
import type { HandshakeEvent } from "../events.ts";
import { IncidentLog } from "./incident-log.ts";

const refusal = (incident: string): HandshakeEvent => ({
  type: "handshake",
  verdict: "refuse",
  incident,
  guard: "origin",
  code: "origin.foreign",
  status: 403,
  detail: "d",
  route: "/",
  address: "192.0.2.1",
  user: null,
  path: "/",
  origin: null,
});

describe("IncidentLog", () => {
  it("finds what was decided under an id, with its time", () => {
    const log = new IncidentLog(10);
    log.take(refusal("a"), 1000);
    expect(log.find("a")).toEqual({ ...refusal("a"), at: "1970-01-01T00:00:01.000Z" });
    expect([log.find("b"), log.find("__proto__")]).toEqual([null, null]);
  });

  it("keeps decisions alone, and forgets the oldest beyond its capacity", () => {
    const log = new IncidentLog(2);
    log.take({ type: "gate", level: "info", message: "m" }, 0);
    for (const incident of ["a", "b", "c"]) log.take(refusal(incident), 0);
    expect(["a", "b", "c"].map((incident) => log.find(incident) !== null)).toEqual([false, true, true]);
  });
});

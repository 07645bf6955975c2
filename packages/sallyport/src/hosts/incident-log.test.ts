import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { HandshakeEvent } from "../events.ts";
import { IncidentLog, joinIncidents } from "./incident-log.ts";

/** Bytes in use once nothing is left to collect. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

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

  it("keeps its own copy, so that a piece of a long request does not keep the whole of it", () => {
    const log = new IncidentLog(1000);
    const before = heapUsed();
    for (let index = 0; index < 1000; index++) {
      const path = String.fromCharCode(...randomBytes(16_000)).slice(0, 200);
      log.take({ ...refusal(String(index)), path }, 0);
    }
    expect(heapUsed() - before).toBeLessThan(4_000_000);
    expect(log.find("999")).toHaveProperty("path.length", 200);
  });

  it("lists the last, the newest first, and those about one session", () => {
    const log = new IncidentLog(10);
    for (const incident of ["a", "b", "c"]) log.take(refusal(incident), 1000);
    const about = {
      ...refusal("d"),
      type: "decision",
      verdict: "close",
      session: "s1",
      route: "/",
      direction: null,
    } as const;
    log.take(about, 2000);
    expect(log.list({ limit: 2 }).map(({ incident }) => incident)).toEqual(["d", "c"]);
    expect(log.list({ limit: 9, session: "s1" }).map(({ incident }) => incident)).toEqual(["d"]);
    const [one, other] = [log.list({ limit: 1 }), log.list({ limit: 9 }).slice(1)];
    expect(joinIncidents([other, one], 2).map(({ incident }) => incident)).toEqual(["d", "c"]);
  });

  it("keeps decisions alone, and forgets the oldest beyond its capacity", () => {
    const log = new IncidentLog(2);
    log.take({ type: "gate", level: "info", message: "m" }, 0);
    for (const incident of ["a", "b", "c"]) log.take(refusal(incident), 0);
    expect(["a", "b", "c"].map((incident) => log.find(incident) !== null)).toEqual([false, true, true]);
  });
});

import { describe, expect, it } from "vitest";

import { groupIncidents, incidentOf, isIncidentMeant, type Incident } from "./incident.ts";

const incident = (changes: Partial<Incident>): Incident => ({
  at: 1000,
  incident: "i1",
  verdict: "refuse",
  guard: "origin",
  code: "origin.foreign",
  detail: "",
  route: "/chat",
  address: "203.0.113.7",
  user: null,
  session: null,
  severity: null,
  ...changes,
});

describe("incidentOf", () => {
  it("takes decisions and findings, and nothing of what went well", () => {
    const about = { route: null, address: null, user: null, session: null };
    expect(
      incidentOf({
        ...about,
        at: 5,
        type: "finding",
        incident: "f1",
        detector: "handshakeScan",
        severity: "high",
        sentence: "much",
        subject: { kind: "address", value: "198.51.100.0/24" },
        measured: {},
        references: [],
        answer: "alert",
        outcome: "done",
        detail: "",
      }),
    ).toMatchObject({
      verdict: "alert",
      guard: "watch",
      code: "handshakeScan",
      address: "198.51.100.0/24",
      user: null,
    });
    expect(incidentOf({ at: 5, type: "gate", level: "info", message: "up" })).toBeNull();
  });
});

describe("groupIncidents", () => {
  it("counts what has something in common, the most first; what is not known is a group too", () => {
    const groups = groupIncidents(
      [
        incident({ at: 3000 }),
        incident({ at: 1000, guard: "threat", user: "ann" }),
        incident({ at: 2000, guard: "threat" }),
        incident({ address: "203.0.113.8", verdict: "alert", guard: "watch" }),
        incident({ address: null }),
      ],
      "address",
    );
    expect(groups).toEqual([
      {
        key: "203.0.113.7",
        count: 3,
        firstAt: 1000,
        lastAt: 3000,
        guards: [
          ["threat", 2],
          ["origin", 1],
        ],
        addresses: 1,
        users: 1,
        alerts: 0,
      },
      expect.objectContaining({ key: "203.0.113.8", count: 1, alerts: 1 }),
      expect.objectContaining({ key: null, count: 1, addresses: 0 }),
    ]);
  });
});

describe("isIncidentMeant", () => {
  it("asks for everything that is written", () => {
    const none = { guard: "", address: "", user: "" };
    expect(isIncidentMeant(incident({}), none)).toBe(true);
    expect(isIncidentMeant(incident({}), { ...none, guard: "origin", address: "203.0.113.7" })).toBe(true);
    expect(isIncidentMeant(incident({}), { ...none, guard: "threat" })).toBe(false);
    expect(isIncidentMeant(incident({}), { ...none, user: "ann" })).toBe(false);
  });
});

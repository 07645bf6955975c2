import { describe, expect, it } from "vitest";
import { decision, detectorOf, SECOND } from "../../test/watch-fixture.ts";
import { fuzzing } from "./fuzzing.ts";

describe("fuzzing", () => {
  it("tells of a user whose messages break the rules in different ways", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let index = 0; index < 8; index += 1)
      detector.take(decision({ detail: `at /${index}` }), index * SECOND);
    expect(findings).toMatchObject([
      {
        subject: { kind: "user", value: "ann" },
        session: "s1",
        sentence: expect.stringMatching(
          /^8 violations in messages of user "ann" within 7 s, with \d+ different codes and details$/,
        ),
      },
    ]);
  });

  it("tells of an address where nobody is known, across its connections", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let index = 0; index < 8; index += 1)
      detector.take(decision({ user: null, session: `s${index}`, detail: `at /${index}` }), index);
    expect(findings).toMatchObject([{ subject: { kind: "address", value: "192.0.2.1" } }]);
  });

  it("counts what looks like an attack twice, also where its guard only observes", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let index = 0; index < 4; index += 1)
      detector.take(
        decision({ guard: "threat", code: "threat.signature", verdict: "observe", detail: `sql-${index}` }),
        index,
      );
    expect(findings).toMatchObject([{ measured: { violations: 8 } }]);
  });

  it("lets one fault of a client pass four times as often", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let index = 0; index < 31; index += 1) detector.take(decision(), index);
    expect(findings).toEqual([]);
    detector.take(decision(), 32);
    expect(findings).toHaveLength(1);
  });

  it("takes violations for one fault where nearly all are the same, whatever else goes wrong now and then", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let index = 0; index < 31; index += 1)
      detector.take(
        index % 10 === 9
          ? decision({ guard: "permission", code: "permission.message", detail: `room ${index}` })
          : decision({ detail: "at /id" }),
        index,
      );
    expect(findings).toEqual([]);
  });

  it("takes two codes in turn for no single fault, though they have no details", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let index = 0; index < 8; index += 1)
      detector.take(
        decision({ code: index % 2 === 0 ? "messageSchema.mismatch" : "messageSchema.unlisted" }),
        index * SECOND,
      );
    expect(findings).toMatchObject([{ measured: { violations: 8, limit: 8 } }]);
  });

  it("tells of the route where more than eight callers are at it: a faulty client", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let user = 0; user < 14; user += 1)
      for (let index = 0; index < 8; index += 1)
        detector.take(decision({ user: `u${user}`, detail: `at /${index}` }), user * 100 + index);
    expect(findings.filter(({ subject }) => subject.kind === "user").length).toBeLessThanOrEqual(9);
    expect(findings.at(-1)).toMatchObject({ subject: { kind: "route", value: "/chat" }, answer: "alert" });
  });

  it("does not count what the application sends, what may be tried again, what is the gate's own, and other guards", () => {
    const { detector, findings } = detectorOf(fuzzing);
    for (let index = 0; index < 100; index += 1) {
      const detail = `at /${index}`;
      detector.take(decision({ direction: "outbound", detail }), index);
      detector.take(decision({ code: "dialect.missed", detail }), index);
      detector.take(decision({ code: "messageRate.messages", detail }), index);
      detector.take(decision({ code: "session.guard-failed", detail }), index);
      detector.take(decision({ user: null, address: "unix", detail }), index);
      detector.take({ type: "gate", level: "info", message: "m" }, index);
    }
    expect([findings, detector.size]).toEqual([[], 0]);
  });

  it("keeps a bounded number of callers and routes", () => {
    const { detector } = detectorOf(fuzzing, { limits: { perMinute: 1 }, kinds: 0 }, { keys: 256 });
    for (let index = 0; index < 20_000; index += 1)
      detector.take(decision({ user: `u${index}`, route: `/${index}` }), index);
    expect(detector.size).toBeLessThanOrEqual(512);
  });
});

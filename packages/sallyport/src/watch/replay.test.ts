import { describe, expect, it } from "vitest";
import { decision, detectorOf, refusal } from "../../test/watch-fixture.ts";
import { replay } from "./replay.ts";

const replayed = { guard: "ticket", code: "ticket.invalid", status: 403, route: "/chat" } as const;

describe("replay", () => {
  it("tells of an address that presents tickets that do not hold any more (CWE-294)", () => {
    const { detector, findings } = detectorOf(replay, { answer: "ban" });
    for (let index = 0; index < 5; index += 1) detector.take(refusal(replayed), index * 1000);
    expect(findings).toMatchObject([
      {
        subject: { kind: "address", value: "192.0.2.1" },
        sentence: "5 tickets, sessions or tokens that do not hold any more came from 192.0.2.1 within 4 s",
        answer: "ban",
      },
    ]);
  });

  it("tells of a user whose revoked token comes from everywhere, by an alert alone", () => {
    const { detector, findings } = detectorOf(replay, { answer: "ban" });
    for (let index = 0; index < 5; index += 1)
      detector.take(
        refusal({ code: "revocation.refused", status: 401, user: "ann", address: `10.0.${index}.1` }),
        index,
      );
    expect(findings).toMatchObject([
      { subject: { kind: "user", value: "ann" }, answer: "alert", measured: { subnets: 5 } },
    ]);
  });

  it("does not count the clients of a user who was signed out everywhere, for the minute in which they come back", () => {
    const { detector, findings } = detectorOf(replay);
    const back = refusal({ code: "revocation.refused", status: 401, user: "ann" });
    for (const now of [0, 10_000])
      detector.take(decision({ guard: "revocation", code: "revocation.revoked", direction: null }), now);
    detector.take(decision({ guard: "revocation", code: "revocation.revoked", user: null }), 0);
    for (let index = 0; index < 20; index += 1) detector.take(back, 10_000 + index * 1000);
    expect(findings).toEqual([]);
    for (let index = 0; index < 5; index += 1) detector.take(back, 70_000 + index * 1000);
    expect(findings.length).toBeGreaterThan(0);
  });

  it("answers by an alert alone what a foreign page can make a browser do, or what was let pass", () => {
    const arrival = { kind: "http", host: "h", secure: true, cookie: true, caller: null } as const;
    for (const forged of [{ arrival }, { verdict: "observe" }] as const) {
      const { detector, findings } = detectorOf(replay, { answer: "ban" });
      for (let index = 0; index < 5; index += 1) detector.take(refusal({ ...replayed, ...forged }), index);
      expect(findings).toMatchObject([{ answer: "alert" }]);
    }
  });

  it("lets pass a client that comes too late with a ticket now and then", () => {
    const { detector, findings } = detectorOf(replay);
    for (let index = 0; index < 19; index += 1) detector.take(refusal(replayed), index * 4_000_000);
    expect(findings).toEqual([]);
  });

  it("takes no notice of other refusals, of what is no address, and of other signals", () => {
    const { detector, findings } = detectorOf(replay);
    for (let index = 0; index < 100; index += 1) {
      detector.take(refusal(), index);
      detector.take(refusal({ ...replayed, user: "ann", address: "unix" }), index);
      detector.take({ type: "gate", level: "info", message: "m" }, index);
    }
    expect([findings, detector.size]).toEqual([[], 0]);
  });

  it("keeps a bounded number of keys", () => {
    const { detector } = detectorOf(replay, {}, { keys: 256 });
    for (let index = 0; index < 20_000; index += 1)
      detector.take(
        refusal({ ...replayed, user: `u${index}`, address: `10.${index >>> 8}.${index & 255}.1` }),
        index,
      );
    expect(detector.size).toBeLessThanOrEqual(512);
  });
});

import { describe, expect, it } from "vitest";
import { detectorOf, opening, refusal } from "../../test/watch-fixture.ts";
import type { HandshakeEvent } from "../events.ts";
import { ENDED } from "../guards/json-web-token.ts";
import { credentialStuffing } from "./credential-stuffing.ts";
import type { ClaimSignal } from "./signal.ts";

const trial = (parts: Partial<HandshakeEvent> = {}): HandshakeEvent =>
  refusal({ guard: "identity", code: "identity.invalid", status: 401, route: "/chat", ...parts });

const claim = (parts: Partial<ClaimSignal> = {}): ClaimSignal => ({
  type: "claim",
  route: "/chat",
  address: "192.0.2.1",
  claimedUser: "ann",
  ...parts,
});

describe("credentialStuffing", () => {
  it("tells of an address that tries credentials (ATT&CK T1110.004)", () => {
    const { detector, findings } = detectorOf(credentialStuffing, { answer: "ban" });
    for (let index = 0; index < 12; index += 1) detector.take(trial(), index * 1000);
    expect(findings).toMatchObject([
      {
        subject: { kind: "address", value: "192.0.2.1" },
        sentence: "12 credentials from 192.0.2.1 were not valid within 11 s",
        answer: "ban",
      },
    ]);
  });

  it("tells of a subnet from which each address tries little", () => {
    const { detector, findings } = detectorOf(credentialStuffing, { subnetAnswer: "ban" });
    for (let index = 0; index < 50; index += 1)
      detector.take(trial({ address: `2001:db8:7:${index % 10}::1` }), index);
    expect(findings).toMatchObject([{ subject: { value: "2001:db8:7::/48" }, answer: "ban" }]);
  });

  it.each([
    ["whom a token claims to be of", (address: string) => claim({ address, claimedUser: "ann" })],
    ["whom the event names", (address: string) => trial({ user: "ann", address })],
  ])(
    "tells of a user, %s, that is attacked from many subnets, by an alert alone: nobody locks a victim out",
    (_, tried) => {
      const { detector, findings } = detectorOf(credentialStuffing, { answer: "ban", subnetAnswer: "ban" });
      detector.take(opening({ user: "ann" }), 0);
      for (let index = 0; index < 15; index += 1) detector.take(tried(`10.0.${index}.1`), index);
      expect(findings).toMatchObject([
        {
          subject: { kind: "user", value: "ann" },
          sentence: '15 credentials for user "ann" were not valid within 1 s, from 15 subnets',
          address: null,
          answer: "alert",
        },
      ]);
    },
  );

  it("says of nobody who was not let in what a token claims: a peer wrote it", () => {
    const { detector, findings } = detectorOf(credentialStuffing);
    detector.take(opening({ user: null }), 0);
    for (let index = 0; index < 15; index += 1)
      detector.take(claim({ address: `10.0.${index}.1`, claimedUser: "a password, by mistake" }), index);
    expect(findings).toMatchObject([{ subject: { kind: "route", value: "/chat" }, user: null }]);
    expect(JSON.stringify(findings)).not.toContain("password");
  });

  it("takes a user who mistypes at home for no attack", () => {
    const { detector, findings } = detectorOf(credentialStuffing);
    for (let index = 0; index < 11; index += 1) detector.take(trial({ user: "ann" }), index * 1000);
    expect(findings).toEqual([]);
  });

  it("tells of a route on which a botnet tries far more than is usual", () => {
    for (const route of ["/chat", null]) {
      const { detector, findings } = detectorOf(credentialStuffing);
      for (let index = 0; index < 301; index += 1)
        detector.take(trial({ route, address: `10.${index >>> 8}.${index & 255}.1` }), index);
      expect(findings).toMatchObject([{ subject: { kind: "route", value: route ?? "*" }, answer: "alert" }]);
    }
  });

  it("counts a token that was good and has ended as a tenth", () => {
    const { detector, findings } = detectorOf(credentialStuffing);
    for (let index = 0; index < 100; index += 1)
      detector.take(trial({ detail: `${ENDED} ${index} s ago` }), index);
    expect(findings).toEqual([]);
  });

  it("answers by an alert alone what a foreign page can make a browser do, or what was let pass", () => {
    const arrival = { kind: "http", host: "h", secure: true, cookie: true, caller: null } as const;
    for (const [forged, answer] of [
      [{ arrival, path: "/chat" }, "alert"],
      [{ verdict: "observe" }, "alert"],
      [{ arrival, path: "/.sallyport/ticket" }, "ban"],
    ] as const) {
      const { detector, findings } = detectorOf(credentialStuffing, { answer: "ban" });
      for (let index = 0; index < 12; index += 1) detector.take(trial(forged), index);
      expect(findings).toMatchObject([{ answer }]);
    }
  });

  it("takes no notice of missing credentials, of what is no address, and of other signals", () => {
    const { detector, findings } = detectorOf(credentialStuffing);
    for (let index = 0; index < 500; index += 1) {
      detector.take(trial({ code: "identity.missing" }), index);
      detector.take(trial({ address: "unix" }), index);
      detector.take({ type: "gate", level: "info", message: "m" }, index);
    }
    for (let index = 0; index < 500; index += 1) detector.take(claim({ address: "unix" }), index);
    expect([findings, detector.size]).toEqual([[], 0]);
  });

  it("keeps a bounded number of keys when ever new addresses try once each", () => {
    const { detector } = detectorOf(credentialStuffing, {}, { keys: 256 });
    for (let index = 0; index < 20_000; index += 1)
      detector.take(
        trial({
          user: `user-${index}`,
          address: `${11 + (index >>> 16)}.${(index >>> 8) & 255}.${index & 255}.9`,
        }),
        index,
      );
    expect(detector.size).toBeLessThanOrEqual(3 * 256 + 1);
  });
});

import { describe, expect, it } from "vitest";
import { credential, detectorOf, MINUTE, SECOND, traffic } from "../../test/watch-fixture.ts";
import type { Detector } from "./detector.ts";
import type { WatchSignal } from "./signal.ts";
import { tokenSharing } from "./token-sharing.ts";

const home = { session: "home", address: "192.0.2.1" };
const thief = { session: "thief", address: "203.0.113.9" };
const silent = { inbound: { messages: 0, bytes: 0 } };
const closed = (session: string): WatchSignal => ({
  type: "closed",
  session,
  route: "/chat",
  address: "192.0.2.1",
  user: "ann",
  closedBy: "client",
  closeCode: 1000,
  durationMs: 1,
  inbound: { messages: 0, bytes: 0 },
  outbound: { messages: 0, bytes: 0 },
});

/** Lets connections carry something every ten seconds. */
function carry(detector: Detector, of: readonly object[], from: number, until: number): void {
  for (let now = from; now <= until; now += 10 * SECOND)
    for (const parts of of) detector.take(traffic(parts), now);
}

describe("tokenSharing", () => {
  it("tells of a credential by which clients send at two places at once (ATT&CK T1539)", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    detector.take(credential(home), 0);
    detector.take(credential(thief), MINUTE);
    carry(detector, [home, thief], MINUTE, 3 * MINUTE);
    expect(findings).toMatchObject([
      {
        subject: { kind: "user", value: "ann" },
        sentence: expect.stringMatching(
          /^one credential of user "ann" has been in use at (192\.0\.2\.1 and 203\.0\.113\.9|203\.0\.113\.9 and 192\.0\.2\.1) at once for 6\d s$/,
        ),
        measured: { places: 2 },
      },
    ]);
    expect(detector.size).toBe(3);
  });

  it("tells of a third place, though the second that was told has gone", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    const vpn = { session: "vpn", address: "198.51.100.7" };
    detector.take(credential(home), 0);
    detector.take(credential(vpn), MINUTE);
    carry(detector, [home, vpn], MINUTE, 3 * MINUTE);
    expect(findings).toHaveLength(1);
    detector.take(closed("vpn"), 4 * MINUTE);
    detector.take(credential({ ...vpn, session: "vpn2" }), 5 * MINUTE);
    carry(detector, [home, { ...vpn, session: "vpn2" }], 5 * MINUTE, 8 * MINUTE);
    expect(findings).toHaveLength(1);
    detector.take(closed("vpn2"), 9 * MINUTE);
    detector.take(credential(thief), 10 * MINUTE);
    carry(detector, [home, thief], 10 * MINUTE, 13 * MINUTE);
    expect(findings).toHaveLength(2);
    expect(findings[1]?.sentence).toContain("203.0.113.9");
  });

  it("keeps a bounded number of places that it has told", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    detector.take(credential(home), 0);
    for (let index = 0; index < 20; index += 1) {
      const other = { session: `s${index}`, address: `10.0.${index}.1` };
      detector.take(credential(other), index * 10 * MINUTE);
      carry(detector, [home, other], index * 10 * MINUTE, (index * 10 + 3) * MINUTE);
      detector.take(closed(other.session), (index * 10 + 4) * MINUTE);
    }
    expect(findings.length).toBeGreaterThanOrEqual(20);
  });

  it("tells of connections that stay open at two places, though their clients only listen", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    detector.take(credential({ ...home, user: null }), 0);
    detector.take(credential({ ...thief, user: null }), 0);
    carry(
      detector,
      [
        { ...home, ...silent, user: null },
        { ...thief, ...silent, user: null },
      ],
      10 * SECOND,
      6 * MINUTE,
    );
    expect(findings).toMatchObject([{ subject: { kind: "session" } }]);
    expect(findings[0]?.sentence).toMatch(/^one credential has been in use/);
  });

  it("takes a phone that changes networks for one place: the old connection falls silent", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    detector.take(credential(home), 0);
    carry(detector, [home], 10 * SECOND, MINUTE);
    detector.take(credential(thief), MINUTE + SECOND);
    carry(detector, [{ ...home, ...silent }, thief], 70 * SECOND, 150 * SECOND);
    detector.take(closed("home"), 151 * SECOND);
    carry(detector, [thief], 160 * SECOND, 20 * MINUTE);
    expect(findings).toEqual([]);
  });

  it("takes tabs of one browser, and one place by IPv4 and one by IPv6, for one home", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    detector.take(credential(home), 0);
    detector.take(credential({ session: "tab", address: "192.0.2.77" }), 0);
    detector.take(credential({ session: "six", address: "2001:db8::1" }), 0);
    carry(detector, [home, { session: "tab" }, { session: "six" }], 10 * SECOND, 20 * MINUTE);
    expect(findings).toEqual([]);
  });

  it("takes a connection that ended, of which it was not told in time, for none", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    detector.take(credential(home), 0);
    detector.take(closed("home"), 1);
    detector.take(credential(thief), 2);
    carry(detector, [thief], 10 * SECOND, 30 * MINUTE);
    expect(findings).toEqual([]);
  });

  it("tells once, and again where a credential comes to a further place", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    const third = { session: "third", address: "198.51.100.3" };
    for (const place of [home, thief]) detector.take(credential(place), 0);
    carry(detector, [home, thief], 10 * SECOND, 30 * MINUTE);
    expect(findings).toHaveLength(1);
    detector.take(credential(third), 30 * MINUTE);
    carry(detector, [home, thief, third], 31 * MINUTE, 40 * MINUTE);
    expect(findings.map(({ measured }) => measured["places"])).toEqual([2, 3]);
  });

  it("follows a place to its newest connection, and forgets what ended", () => {
    const { detector, findings } = detectorOf(tokenSharing);
    for (const place of [home, thief]) detector.take(credential(place), 0);
    detector.take(credential({ ...home, session: "home-2" }), 1);
    detector.take(traffic(home), 10 * SECOND);
    detector.take(closed("home"), 11 * SECOND);
    detector.take(closed("thief"), 12 * SECOND);
    carry(detector, [{ session: "home-2" }], 20 * SECOND, 20 * MINUTE);
    expect([findings, detector.size]).toEqual([[], 1]);
  });

  it("tells few places of one credential apart, and a bounded number of credentials", () => {
    const { detector } = detectorOf(tokenSharing, {}, { keys: 256 });
    for (let index = 0; index < 20; index += 1)
      detector.take(credential({ session: `s${index}`, address: `10.0.${index}.1` }), index);
    expect(detector.size).toBe(1 + 4);
    for (let index = 0; index < 5000; index += 1)
      for (const place of [1, 2])
        detector.take(
          credential({ session: `x${index}.${place}`, address: `10.${place}.0.1`, fingerprint: `f${index}` }),
          index,
        );
    expect(detector.size).toBeLessThanOrEqual(256 * 5);
  });

  it("takes no notice of what is no address, and of other signals", () => {
    const { detector } = detectorOf(tokenSharing);
    detector.take(credential({ address: "unix" }), 0);
    detector.take({ type: "gate", level: "info", message: "m" }, 0);
    expect(detector.size).toBe(0);
  });
});

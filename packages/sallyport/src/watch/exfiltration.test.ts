import { describe, expect, it } from "vitest";
import { DAY, decision, detectorOf, HOUR, traffic, type ServicesAtWork } from "../../test/watch-fixture.ts";
import type { Detector } from "./detector.ts";
import { exfiltration } from "./exfiltration.ts";

const MIB = 1024 ** 2;
const out = (bytes: number, parts: object = {}): ReturnType<typeof traffic> =>
  traffic({ outbound: { messages: 1, bytes }, ...parts });
const leak = (parts: object = {}): ReturnType<typeof decision> =>
  decision({ guard: "leak", code: "leak.redacted", verdict: "replace", direction: "outbound", ...parts });

/** Seventy users to whom a MiB goes in an hour, for some days. */
function learnt(days: number, options: unknown = {}): ServicesAtWork & { readonly detector: Detector } {
  const made = detectorOf(exfiltration, { perHour: "4MiB", perDay: "40MiB", ...(options as object) });
  for (let now = 0; now < days * DAY + 2 * HOUR; now += HOUR)
    for (let user = 0; user < 70; user += 1)
      made.detector.take(out(MIB, { user: `u${user}`, session: `s${user}` }), now);
  expect(made.findings).toEqual([]);
  return made;
}

describe("exfiltration", () => {
  it("tells of far more within an hour than is usual on the route (ATT&CK T1041)", () => {
    const { detector, findings } = learnt(1);
    for (let index = 0; index < 8; index += 1)
      detector.take(out(MIB, { user: "mallory" }), DAY + 2 * HOUR + index);
    expect(findings).toMatchObject([
      {
        subject: { kind: "user", value: "mallory" },
        sentence: expect.stringMatching(
          /^[\d.]+ MiB went to user "mallory" on \/chat within an hour; usual for the route is [\d.]+ MiB, and at most [\d.]+ MiB$/,
        ),
      },
    ]);
  });

  it("tells of far more within a day, of one who stays below in each hour", () => {
    const { detector, findings } = learnt(3, { perHour: "10MiB" });
    for (let index = 0; index < 24 * 6; index += 1)
      detector.take(out(MIB, { user: "mallory" }), 3 * DAY + 2 * HOUR + index * 590_000);
    expect(findings).toMatchObject([{ measured: { bytesPerDay: expect.any(Number) as number } }]);
  });

  it("tells of a user to whom far more goes than on their own days", () => {
    const { detector, findings } = detectorOf(exfiltration, { ownLeast: "10MiB" });
    for (let day = 0; day < 6; day += 1)
      for (let hour = 0; hour < 25; hour += 1) detector.take(out(MIB / 8), day * 25 * HOUR + hour * HOUR);
    expect(findings).toEqual([]);
    for (let index = 0; index < 40; index += 1) detector.take(out(MIB), 151 * HOUR + index * 60_000);
    expect(findings).toMatchObject([
      { sentence: expect.stringContaining("usual for their own past is") as string },
    ]);
    expect(findings).toHaveLength(1);
  });

  it("takes a report each day for what is usual for who gets it, though it is much for the route", () => {
    const { detector, findings } = learnt(5, { ownLeast: "1MiB" });
    const report = (day: number, mib: number): void => {
      for (let index = 0; index < mib; index += 1)
        detector.take(out(MIB, { user: "analyst" }), day * DAY + 3 * HOUR + index);
    };
    for (const day of [6, 7, 8, 9]) report(day, 10);
    const before = findings.length;
    report(10, 20);
    expect(findings).toHaveLength(before);
    report(11, 1000);
    expect(findings.length).toBeGreaterThan(before);
  });

  it("tells of many leaks to one user (leak decisions), of a session where nobody is known", () => {
    const { detector, findings } = learnt(1);
    for (let index = 0; index < 16; index += 1)
      detector.take(leak({ user: null, session: "m" }), DAY + 2 * HOUR + index);
    expect(findings).toMatchObject([{ subject: { kind: "address", value: "192.0.2.1" }, answer: "alert" }]);
    expect(findings[0]?.sentence).toMatch(
      /^16 leaks went to 192\.0\.2\.1 on \/chat within an hour; usual for the route is 0 leaks/,
    );
  });

  it("tells of the route, and holds nobody to it, where one makes many read what looks like secrets", () => {
    const { detector, findings } = learnt(1, { answer: "close" });
    for (let index = 0; index < 16; index += 1)
      for (let user = 0; user < 40; user += 1)
        detector.take(leak({ user: `u${user}`, session: `s${user}` }), DAY + 2 * HOUR + index);
    expect(findings.filter(({ answer }) => answer !== "alert")).toEqual([]);
    expect(findings.filter(({ subject }) => subject.kind === "user").length).toBeLessThanOrEqual(9);
    expect(findings.at(-1)).toMatchObject({ subject: { kind: "route", value: "/chat" } });
  });

  it("counts nothing that somebody sent themselves", () => {
    const { detector, findings } = learnt(1);
    for (let index = 0; index < 40; index += 1)
      detector.take(leak({ direction: "inbound" }), DAY + 2 * HOUR + index);
    expect(findings).toEqual([]);
  });

  it("tells nothing while a route is learnt, and says so", () => {
    const { detector, findings } = detectorOf(exfiltration);
    for (let index = 0; index < 1000; index += 1) detector.take(out(100 * MIB), index);
    expect(findings).toEqual([]);
    expect(detector.learning?.(HOUR)).toMatchObject([{ route: "/chat", learnt: false }]);
  });

  it("takes no notice of silence, of other decisions and of other signals", () => {
    const { detector } = detectorOf(exfiltration);
    detector.take(out(0), 0);
    detector.take(decision(), 0);
    detector.take({ type: "gate", level: "info", message: "m" }, 0);
    expect(detector.size).toBe(0);
  });

  it("keeps a bounded number of callers and routes, and keeps those to whom much went", () => {
    const { detector } = detectorOf(exfiltration, {}, { keys: 256 });
    for (let index = 0; index < 300; index += 1) detector.take(out(1, { route: `/${index}` }), 0);
    expect(detector.size).toBeLessThanOrEqual(256 + 256);
    for (let index = 0; index < 5000; index += 1)
      detector.take(
        out(1, { route: "/0", user: null, address: `10.0.${index >>> 8}.${index & 255}` }),
        index,
      );
    detector.take(out(1, { route: "/0", user: null, address: "unix" }), 0);
    expect(detector.size).toBeLessThanOrEqual(256 + 256);
  });
});

import { describe, expect, it } from "vitest";
import { DAY, detectorOf, opening, refusal } from "../../test/watch-fixture.ts";
import type { HandshakeEvent } from "../events.ts";
import { originProbe } from "./origin-probe.ts";

const foreign = (origin: string | null, parts: Partial<HandshakeEvent> = {}): HandshakeEvent =>
  refusal({ guard: "origin", code: "origin.foreign", status: 403, route: "/chat", origin, ...parts });
const arrival = {
  kind: "websocket",
  host: "gate.example.com",
  secure: true,
  cookie: true,
  caller: null,
} as const;

describe("originProbe", () => {
  it("tells of an address that comes with several foreign origins", () => {
    const { detector, findings } = detectorOf(originProbe);
    for (const name of ["a", "b", "c", "d", "a", "b"]) detector.take(foreign(`https://${name}.test`), 0);
    expect(findings).toEqual([]);
    detector.take(foreign("https://e.test", { code: "origin.malformed" }), 0);
    expect(findings).toMatchObject([
      {
        subject: { kind: "address", value: "192.0.2.1" },
        sentence:
          '5 different foreign origins came from 192.0.2.1 within a day, the last being "https://e.test"',
      },
    ]);
  });

  it("takes a page that is not on the list and is tried again and again for no attack", () => {
    const { detector, findings } = detectorOf(originProbe);
    for (let index = 0; index < 1000; index += 1) detector.take(foreign("https://staging.test"), index);
    for (let index = 0; index < 4; index += 1) detector.take(foreign(`https://${index}.test`), index * DAY);
    expect(findings).toEqual([]);
  });

  it("still knows its pages when a client has written many hosts (a `Host` is any that it likes)", () => {
    const { detector, findings } = detectorOf(originProbe);
    detector.take(opening({ origin: "https://app.example.com", arrival }), 0);
    for (let index = 0; index < 100; index += 1)
      detector.take(opening({ origin: null, arrival: { ...arrival, host: `h${index}.test` } }), 1);
    detector.take(foreign("https://app.example.com.evil.test"), 2);
    expect(findings).toMatchObject([{ sentence: expect.stringContaining('"app.example.com"') }]);
  });

  it("sees through the dot at the end of a whole name", () => {
    const { detector, findings } = detectorOf(originProbe);
    detector.take(opening({ origin: "https://app.example.com", arrival }), 0);
    detector.take(foreign("https://app-example.com."), 1);
    expect(findings).toHaveLength(1);
  });

  it("tells of an origin that looks like one that was let in, at once", () => {
    const { detector, findings } = detectorOf(originProbe);
    detector.take(opening({ origin: "https://app.example.com", arrival }), 0);
    detector.take(opening({ origin: "null", arrival: { ...arrival, host: "" } }), 0);
    detector.take(foreign("https://app.example.com.evil.test"), 1);
    expect(findings).toMatchObject([
      {
        subject: { kind: "address", value: "192.0.2.1" },
        sentence: expect.stringContaining('which looks like "app.example.com"'),
      },
    ]);
    detector.take(foreign("https://app.example.com"), 2);
    detector.take(foreign("null"), 2);
    expect(findings).toHaveLength(1);
  });

  it("tells about the route when many people visit the page, none of whom did anything", () => {
    const { detector, findings } = detectorOf(originProbe);
    detector.take(opening({ origin: "https://app.example.com" }), 0);
    for (let index = 0; index < 5; index += 1)
      detector.take(foreign("https://app-example.com", { address: `10.0.0.${index}` }), index);
    detector.take(foreign("https://app-example.com", { address: "10.0.0.9", route: null }), 6);
    expect(findings.slice(3)).toMatchObject([
      { subject: { kind: "route", value: "/chat" }, address: null },
      { subject: { kind: "route", value: "/chat" } },
      { subject: { kind: "route", value: "*" } },
    ]);
  });

  it("answers by an alert alone, since a page can bring it about for whoever visits it", () => {
    expect(originProbe.options.safeParse({ answer: "ban" }).success).toBe(false);
    expect(originProbe.options.parse({})).toMatchObject({ answer: "alert" });
  });

  it("takes no notice of other refusals, of no origin and of what is no address", () => {
    const { detector, findings } = detectorOf(originProbe);
    for (let index = 0; index < 20; index += 1) {
      detector.take(foreign(`https://${index}.test`, { code: "origin.host" }), index);
      detector.take(foreign(null), index);
      detector.take(foreign(`https://${index}.test`, { address: "unix" }), index);
    }
    expect([findings, detector.size]).toEqual([[], 0]);
  });

  it("keeps a bounded number of addresses, hosts and look-alikes", () => {
    const { detector } = detectorOf(originProbe, {}, { keys: 256 });
    detector.take(opening({ origin: "https://app.example.com" }), 0);
    for (let index = 0; index < 5000; index += 1) {
      detector.take(
        foreign(`https://example${index}.test`, { address: `10.0.${index >>> 8}.${index & 255}` }),
        index,
      );
      if (index % 2 === 0)
        detector.take(opening({ origin: `https://h${index}.test`, route: `/${index}` }), index);
    }
    expect(detector.size).toBeLessThanOrEqual(256 * 3);
  });
});

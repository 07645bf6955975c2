import { describe, expect, it } from "vitest";
import { DAY, detectorOf, HOUR, MINUTE, naming, opening } from "../../test/watch-fixture.ts";
import { newName } from "./new-name.ts";

describe("newName", () => {
  it("tells nothing while a route is learnt, and says so", () => {
    const { detector, findings } = detectorOf(newName);
    for (let index = 0; index < 100; index += 1) detector.take(naming({ name: `n${index}` }), index);
    expect(findings).toEqual([]);
    expect(detector.learning?.(MINUTE)).toEqual([{ route: "/chat", learnt: false, samples: 100 }]);
    expect(detector.learning?.(HOUR)).toMatchObject([{ learnt: true }]);
  });

  it("tells of a user who brings several new names, without the names: they are content", () => {
    const { detector, findings } = detectorOf(newName, { answer: "close" });
    detector.take(opening(), 0);
    for (const name of ["secretA", "secretB", "secretC"]) detector.take(naming({ name }), 2 * HOUR);
    expect(findings).toMatchObject([{ subject: { kind: "user", value: "ann" }, measured: { names: 3 } }]);
    expect(findings[0]).not.toHaveProperty("answer");
    expect(findings[0]?.sentence).toContain('3 message names of user "ann" had never been seen inbound');
    expect(findings[0]?.sentence).not.toContain("secret");
  });

  it("tells of a single one only where there had been none for a day, by an alert alone", () => {
    const { detector, findings } = detectorOf(newName, { answer: "close" });
    detector.take(naming(), 0);
    detector.take(naming({ name: "b" }), 20 * HOUR);
    expect(findings).toEqual([]);
    detector.take(naming({ name: "c", user: null }), 20 * HOUR + DAY);
    expect(findings).toMatchObject([{ subject: { kind: "session", value: "s1" }, answer: "alert" }]);
  });

  it("holds nobody to what the application sends", () => {
    const { detector, findings } = detectorOf(newName);
    detector.take(opening(), 0);
    for (let index = 0; index < 10; index += 1)
      detector.take(naming({ name: `n${index}`, direction: "outbound" }), 2 * HOUR);
    expect(findings).toEqual([]);
    detector.take(naming({ name: "late", direction: "outbound" }), 3 * DAY);
    expect(findings).toMatchObject([{ answer: "alert", measured: { names: 1 } }]);
  });

  it("counts names of one caller for an hour", () => {
    const { detector, findings } = detectorOf(newName);
    detector.take(opening(), 0);
    for (let index = 0; index < 10; index += 1)
      detector.take(naming({ name: `n${index}` }), 2 * HOUR + index * 40 * MINUTE);
    expect(findings).toEqual([]);
  });

  it("tells callers apart by session where there is neither user nor address", () => {
    const { detector, findings } = detectorOf(newName);
    detector.take(opening(), 0);
    for (let index = 0; index < 3; index += 1)
      detector.take(naming({ name: `n${index}`, user: null, address: "unix" }), 2 * HOUR);
    expect(findings).toMatchObject([{ subject: { kind: "session", value: "s1" } }]);
  });

  it("does not take for new what another process has told, or one that started anew", () => {
    const { detector, findings } = detectorOf(newName, { answer: "close" });
    const names = ["join", "say", "leave", "typing"];
    for (const name of names) detector.take(naming({ name, user: "ann" }), 0);
    for (const name of names) detector.take(naming({ name, user: "bob" }), 3 * DAY);
    expect(findings).toEqual([]);
    detector.take(naming({ name: "say", direction: "outbound" }), 3 * DAY);
    expect(findings).toMatchObject([{ measured: { names: 1 }, answer: "alert" }]);
  });

  it("holds nobody to names that it cannot know any more, since somebody made up too many", () => {
    const { detector, findings } = detectorOf(newName, { answer: "close" });
    for (let index = 0; index < 8192; index += 1)
      detector.take(naming({ name: `made-up-${index}`, user: "eve" }), 0);
    for (const name of ["a", "b", "c", "d"]) detector.take(naming({ name, user: "ann" }), 2 * DAY);
    expect(findings.map(({ subject, answer }) => ({ subject, answer }))).toEqual(
      Array.from({ length: 4 }, () => ({ subject: { kind: "route", value: "/chat" }, answer: "alert" })),
    );
    expect(detector.learning?.(DAY)).toMatchObject([{ samples: 8192 }]);
  });

  it("keeps a bounded number of routes and callers, and hears nothing else", () => {
    const { detector } = detectorOf(newName, {}, { keys: 256 });
    detector.take({ type: "gate", level: "info", message: "m" }, 0);
    expect(detector.size).toBe(0);
    for (let index = 0; index < 5000; index += 1) {
      detector.take(opening({ route: `/${index}` }), 0);
      detector.take(naming({ route: "/0", name: `n${index}`, user: `u${index}` }), 2 * HOUR + index);
      detector.take(naming({ route: `/${index}` }), 2 * HOUR + index);
    }
    expect(detector.size).toBe(1024 + 256);
  });
});

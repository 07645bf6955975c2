import { describe, expect, it } from "vitest";
import { refusal, watchOf } from "../../test/watch-fixture.ts";
import { watchOptions } from "./watch-options.ts";
import { Watch } from "./watch.ts";

const PATHS = 8;

/** Refusals of one address, a second apart, for some paths. */
function scan(watch: Watch, from: number, count: number, address = "192.0.2.1"): void {
  for (let index = from; index < from + count; index += 1)
    watch.take(refusal({ address, path: `/${index % PATHS}` }), index * 1000);
}

const parse = (options: unknown) => watchOptions.parse(options);
const scanning = (perMinute: number) => ({ detectors: { handshakeScan: { address: { perMinute } } } });

describe("Watch.change", () => {
  it("goes on with what a detector has counted, where its options stay as they are", () => {
    const { watch, findings } = watchOf(scanning(20));
    scan(watch, 0, 15);
    watch.change(parse({ ...scanning(20), mode: "observe", allow: ["192.0.2.0/24"], allowUsers: ["ops"] }));
    scan(watch, 15, 15);
    expect(findings).toMatchObject([{ detector: "handshakeScan" }]);
    expect(findings[0] !== undefined && watch.isSpared(findings[0])).toBe(true);
    expect(watch.options.mode).toBe("observe");
  });

  it("begins anew with a detector whose options change, and with all where the size of tables does", () => {
    for (const other of [
      { detectors: { handshakeScan: { severity: "high", address: { perMinute: 20 } } } },
      { ...scanning(20), keys: 1024 },
    ]) {
      const { watch, findings } = watchOf(scanning(20));
      scan(watch, 0, 15);
      watch.change(parse(other));
      scan(watch, 15, 15);
      expect(findings).toEqual([]);
      expect(watch.options.keys).toBe("keys" in other ? 1024 : 16_384);
    }
  });

  it("switches detectors and rules off and on", () => {
    const rule = { name: "any", when: "true", say: "something" };
    const { watch } = watchOf({ rules: [rule] });
    const names = (): string[] => watch.state().map(({ name }) => name);
    expect(names()).toEqual(expect.arrayContaining(["handshakeScan", "any"]));
    watch.change(parse({ detectors: { handshakeScan: "off" }, quiet: "1m" }));
    expect(names()).not.toContain("handshakeScan");
    expect(names()).not.toContain("any");
    watch.change(parse({ rules: [rule] }));
    expect(names()).toEqual(expect.arrayContaining(["handshakeScan", "any"]));
  });
});

describe("a part of the watch that throws", () => {
  it("is off, is told once, and takes nothing else along", () => {
    const faults: unknown[] = [];
    const rule = { name: "any", when: 'event.type == "gate"', by: "route", say: "something" };
    const watch = new Watch(parse({ ...scanning(20), rules: [rule] }), {
      newIncident: () => {
        throw new Error("no more numbers");
      },
      onFinding: () => {},
      onFault: (name, error) => faults.push([name, String(error)]),
    });
    const before = watch.state().length;
    scan(watch, 0, 60);
    expect(faults).toEqual([["handshakeScan", "Error: no more numbers"]]);
    expect(watch.state()).toHaveLength(before - 1);
    watch.turn(100_000);
    watch.change(parse({ quiet: "1m" }));
    expect(watch.state().map(({ name }) => name)).toContain("handshakeScan");
  });
});

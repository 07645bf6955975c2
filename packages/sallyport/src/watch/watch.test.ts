import { describe, expect, it } from "vitest";
import { refusal, watchOf } from "../../test/watch-fixture.ts";

describe("Watch", () => {
  it("tells of an address whose handshakes are refused again and again, once in its quiet time and with a count", () => {
    const { watch, findings } = watchOf();
    for (let index = 0; index < 400; index += 1)
      watch.take(refusal({ code: "handshake.no-route", status: 404, path: `/${index}` }), index * 100);
    expect(findings.map(({ detector, subject }) => [detector, subject.value])).toEqual([
      ["handshakeScan", "192.0.2.1"],
    ]);
  });
});

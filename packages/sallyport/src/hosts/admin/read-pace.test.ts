import { describe, expect, it, vi } from "vitest";
import { atPace, ReadPace } from "./read-pace.ts";

const options = { bytesPerSecond: 1000, graceMs: 10_000 };

describe("ReadPace", () => {
  it("lets a reader be behind by its grace, in all and not for each piece (CWE-400)", () => {
    const pace = new ReadPace(options);
    expect(pace.offer(2000)).toBe(12_000);
    pace.taken(11_000);
    expect(pace.offer(2000)).toBe(3000);
    pace.taken(2000);
    expect(pace.offer(1)).toBe(1001);
  });

  it("gives nothing for later to who was faster, and forgives who is", () => {
    const pace = new ReadPace(options);
    for (let count = 0; count < 1000; count++) {
      pace.offer(1_000_000);
      pace.taken(0);
    }
    expect(pace.offer(1000)).toBe(11_000);
    pace.taken(9000);
    pace.offer(5000);
    pace.taken(0);
    expect(pace.offer(1000)).toBe(8000);
  });
});

describe("atPace", () => {
  it("counts what is waited for the reader, and nothing else", async () => {
    let now = 0;
    const tooSlow = vi.fn<() => void>();
    async function* pieces(): AsyncGenerator<string> {
      for (const piece of ["ä".repeat(500), "b", "c"]) {
        // The source may take as long as it likes.
        now += 1_000_000;
        yield piece;
      }
    }
    const pace = new ReadPace(options);
    const reading = atPace(pieces(), { pace, now: () => now, tooSlow });
    expect((await reading.next()).value).toHaveLength(500);
    now += 4000;
    expect((await reading.next()).value).toBe("b");
    expect(pace.offer(0)).toBe(7000);
    expect((await reading.next()).value).toBe("c");
    await reading.return(undefined);
    expect(tooSlow).not.toHaveBeenCalled();
  });

  it("says so while a piece is not taken", async () => {
    const slow = Promise.withResolvers<void>();
    const pace = new ReadPace({ bytesPerSecond: 1_000_000, graceMs: 1 });
    const pieces = (async function* (): AsyncGenerator<string> {
      yield "a";
    })();
    const reading = atPace(pieces, { pace, now: () => 0, tooSlow: () => slow.resolve() });
    await reading.next();
    await slow.promise;
    expect(await reading.next()).toEqual({ done: true, value: undefined });
  });
});

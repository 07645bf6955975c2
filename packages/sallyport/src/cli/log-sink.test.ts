import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogSink, type LogSink } from "./log-sink.ts";

/** A reader that takes a line when the test says so, or fails as a full disk does. */
class Reader extends Writable {
  readonly taken: string[] = [];
  failure: Error | null = null;
  #done: ((error?: Error | null) => void) | null = null;
  reads = true;

  constructor() {
    super({ decodeStrings: false, autoDestroy: false });
  }

  override _write(line: string, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.failure !== null) return done(this.failure);
    this.taken.push(line);
    if (this.reads) done();
    else this.#done = done;
  }

  /** Takes everything that waits, and reads again. */
  resume(): void {
    this.reads = true;
    this.#done?.();
  }
}

const exit = vi.fn<() => void>();
const sinkOf = (reader: Reader): LogSink =>
  createLogSink(reader, { maxWaitingBytes: 20, lostLine: (lost) => `${lost} lost\n`, exit });

describe("createLogSink", () => {
  beforeEach(() => {
    exit.mockReset();
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("writes each line at once", () => {
    const reader = new Reader();
    const sink = sinkOf(reader);
    sink.write("one\n");
    sink.write("two\n");
    expect(reader.taken).toEqual(["one\n", "two\n"]);
  });

  it("drops what does not fit while nobody reads, and says how much it was when somebody reads again", () => {
    const reader = new Reader();
    reader.reads = false;
    const sink = sinkOf(reader);
    for (let index = 0; index < 10; index++) sink.write(`line ${index}\n`);
    expect(reader.writableLength).toBeLessThanOrEqual(20);
    reader.resume();
    sink.write("after\n");
    sink.write("more\n");
    expect(reader.taken).toEqual(["line 0\n", "line 1\n", "8 lost\n", "after\n", "more\n"]);
  });

  it("counts what a full disk does not take, and goes on when there is room", async () => {
    vi.useRealTimers();
    const reader = new Reader();
    const sink = sinkOf(reader);
    reader.failure = new Error("ENOSPC");
    sink.write("a\n");
    await new Promise(setImmediate);
    reader.failure = null;
    // As standard error does, which recovers from its errors.
    (reader as unknown as { _undestroy(): void })._undestroy();
    sink.write("b\n");
    expect(reader.taken).toEqual(["1 lost\n", "b\n"]);
    expect(sink.lost()).toBe(1);
  });

  it("gives a reader a second for the last lines, and ends the process without them", () => {
    const reader = new Reader();
    reader.reads = false;
    const sink = sinkOf(reader);
    sink.write("last\n");
    sink.close();
    vi.advanceTimersByTime(999);
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(exit).toHaveBeenCalledOnce();
  });

  it("ends nothing when all was taken", () => {
    const reader = new Reader();
    const sink = sinkOf(reader);
    sink.write("last\n");
    sink.close();
    vi.advanceTimersByTime(5000);
    expect(exit).not.toHaveBeenCalled();
  });
});

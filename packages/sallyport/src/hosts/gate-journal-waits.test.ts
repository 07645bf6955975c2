import { setImmediate } from "node:timers/promises";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import type { Appended } from "../journal/journal-session.ts";
import { GateJournal, type JournalTarget } from "./gate-journal.ts";

const ready = { type: "gate", level: "info", message: "ready" } as const;

/** A journal whose disk takes nothing, and that gives up when it is closed. */
class FullTarget implements JournalTarget {
  asked = 0;
  /** Says that there is room, though not for what waits. */
  hasRoom = false;
  answer: Appended = "full";
  readonly #ended = Promise.withResolvers<void>();

  append(): Appended {
    return this.answer;
  }

  session(): never {
    throw new Error("nobody speaks");
  }

  room(): Promise<void> {
    this.asked += 1;
    if (this.asked > 1000) throw new Error("room is asked for without end, and nothing else happens");
    return this.hasRoom ? Promise.resolve() : this.#ended.promise;
  }

  close(): Promise<boolean> {
    this.answer = "shed";
    this.#ended.resolve();
    return Promise.resolve(false);
  }
}

describe("GateJournal", () => {
  it("ends though a full disk takes nothing, and counts what waited", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const target = new FullTarget();
    const journal = new GateJournal(target);
    journal.take(ready);
    journal.take(ready);
    const closed = journal.close();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await closed).toBe(false);
    await journal.room;
    expect(journal.counts).toMatchObject({ taken: 0, shed: 2 });
  });

  it("lets everything else go on where there is room, but not enough for what waits", async () => {
    const target = new FullTarget();
    target.hasRoom = true;
    const journal = new GateJournal(target);
    journal.take(ready);
    await setImmediate();
    await setImmediate();
    expect(target.asked).toBeLessThan(10);
    target.answer = "taken";
    await journal.room;
    expect(journal.counts).toMatchObject({ taken: 1, shed: 0 });
  });

  it("stands still where nothing that waits finds room for five seconds, and no longer when something does", async () => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const target = new FullTarget();
    const journal = new GateJournal(target);
    const after = (milliseconds: number): string | null =>
      journal.standstill(performance.now() + milliseconds);
    expect(after(60_000)).toBeNull();
    journal.take(ready);
    expect(after(4999)).toBeNull();
    expect(after(5000)).toBe("the journal has taken no record for 5 s");
    await vi.advanceTimersByTimeAsync(3000);
    journal.take(ready);
    expect(after(2000)).toBe("the journal has taken no record for 5 s");
    // One finds room, and the other does not.
    const answers: Appended[] = ["taken", "full"];
    target.append = (): Appended => answers.shift() ?? "full";
    target.hasRoom = true;
    await target.close();
    target.asked = 0;
    await vi.advanceTimersByTimeAsync(1);
    expect(after(4000)).toBeNull();
    expect(after(5000)).not.toBeNull();
    target.append = (): Appended => "taken";
    await vi.advanceTimersByTimeAsync(20);
    await journal.room;
    expect(after(60_000)).toBeNull();
  });
});

import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { GateEvent, SallyportEvent } from "../events.ts";
import { safeListener } from "./event-listener.ts";

const event: GateEvent = { type: "gate", level: "info", message: "something" };

/** The next process warning. */
async function nextWarning(): Promise<{ name: string; detail?: string }> {
  const [warning] = await once(process, "warning", { signal: AbortSignal.timeout(2000) });
  return warning;
}

describe("safeListener", () => {
  it("tells the listener every event", () => {
    const told: SallyportEvent[] = [];
    const emit = safeListener((next) => void told.push(next));
    emit(event);
    emit(event);
    expect(told).toEqual([event, event]);
  });

  it("swallows what the listener throws, warns of the first fault and goes on telling", async () => {
    let times = 0;
    const warned: unknown[] = [];
    const keep = (warning: Error): void => void warned.push(warning);
    process.on("warning", keep);
    const emit = safeListener(() => {
      times += 1;
      throw new Error("the log is full");
    });
    const warning = nextWarning();
    emit(event);
    emit(event);
    expect(await warning).toMatchObject({
      name: "SallyportWarning",
      detail: expect.stringContaining("the log is full"),
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", keep);
    expect([times, warned.length]).toEqual([2, 1]);
  });

  it("warns of a promise that rejects, with whatever it is rejected", async () => {
    const emit = safeListener(async () => await Promise.reject("no disk"));
    const warning = nextWarning();
    emit(event);
    expect(await warning).toMatchObject({ name: "SallyportWarning", detail: "no disk" });
  });
});

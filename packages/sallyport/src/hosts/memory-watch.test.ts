import { totalmem } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { SallyportEvent } from "../events.ts";
import { createMemoryWatch, processMemory, type MemoryReading } from "./memory-watch.ts";

const MIB = 1024 * 1024;

describe("createMemoryWatch", () => {
  const events: SallyportEvent[] = [];
  let readings: readonly MemoryReading[] = [];
  const read = vi.fn<() => readonly MemoryReading[]>(() => readings);
  const use = (heap: number, resident = 0): void => {
    readings = [
      { what: "heap", used: heap * MIB, limit: 100 * MIB },
      { what: "resident", used: resident * MIB, limit: 1000 * MIB },
    ];
  };

  it("is short of memory from 90 % of either limit until 85 %, and tells both moments once", () => {
    const watch = createMemoryWatch((event) => void events.push(event), read);
    const at = (now: number, heap: number, resident?: number): string | null => {
      use(heap, resident);
      return watch.shortage(now);
    };
    expect(at(0, 89.9)).toBeNull();
    expect(at(1000, 90)).toBe("heap memory: 90 of 100 MiB");
    expect(at(2000, 86)).toBe("heap memory: 86 of 100 MiB");
    expect(at(3000, 84, 900)).toBe("resident memory: 900 of 1000 MiB");
    expect(at(4000, 84, 849)).toBeNull();
    expect(at(5000, 84, 899)).toBeNull();
    expect(events.map((event) => (event.type === "gate" ? [event.level, event.detail] : []))).toEqual([
      ["error", "heap memory: 90 of 100 MiB"],
      ["info", undefined],
    ]);
  });

  it("looks at most four times a second", () => {
    read.mockClear();
    const watch = createMemoryWatch(() => {}, read);
    for (let now = 0; now < 1000; now += 10) watch.shortage(now);
    expect(read).toHaveBeenCalledTimes(4);
  });
});

describe("processMemory", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("reads this process's heap and resident memory, and their limits", () => {
    const [heap, resident] = processMemory();
    expect(heap?.used).toBeGreaterThan(MIB);
    expect(heap?.limit).toBeGreaterThan(heap?.used ?? 0);
    expect(resident?.used).toBeGreaterThan(10 * MIB);
    expect(resident?.limit).toBeLessThanOrEqual(totalmem());
  });

  it.each([
    ["of the control group", 64 * MIB, 64 * MIB],
    ["of the machine where the control group has none", 2 ** 64, totalmem()],
    ["of the machine where nothing is known", 0, totalmem()],
  ])("takes the limit %s", (_name, constrained, limit) => {
    vi.spyOn(process, "constrainedMemory").mockReturnValue(constrained);
    expect(processMemory()[1]?.limit).toBe(limit);
  });
});

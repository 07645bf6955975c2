import { describe, expect, it } from "vitest";
import { memoryWarning, readEngineMemory } from "./engine-memory.ts";

const info = (limit: number, policy: string): string =>
  `# Memory\r\nused_memory:1024\r\nused_memory_rss:9\r\nmaxmemory:${limit}\r\nmaxmemory_policy:${policy}\r\n`;

describe("readEngineMemory", () => {
  it("reads what is used, what may be, and what is dropped then", () => {
    expect(readEngineMemory(info(4096, "noeviction"))).toEqual({
      usedBytes: 1024,
      limitBytes: 4096,
      drops: null,
    });
    expect(readEngineMemory(info(4096, "allkeys-lru"))?.drops).toBe("allkeys-lru");
    // Without a bound it is never full.
    expect(readEngineMemory(info(0, "allkeys-lru"))?.drops).toBeNull();
  });

  it("reads nothing out of something else", () => {
    for (const said of [null, 7, "", "used_memory:1\r\n", "used_memory:x\r\nmaxmemory:1\r\n"])
      expect(readEngineMemory(said)).toBeNull();
  });
});

describe("memoryWarning", () => {
  it("warns of an engine that drops what is needed, and of one without a bound", () => {
    const warnings = [info(4096, "volatile-lru"), info(0, "noeviction"), info(1, "noeviction")].map(
      (said) => {
        const memory = readEngineMemory(said);
        return memory === null ? null : memoryWarning(memory);
      },
    );
    expect(warnings.map((warning) => warning?.found ?? null)).toEqual([
      expect.stringContaining("volatile-lru"),
      expect.stringContaining("maxmemory 0"),
      null,
    ]);
  });
});

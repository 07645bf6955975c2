import { createServer } from "node:net";

import { describe, expect, it } from "vitest";

import { freePort, listenOnLoopback } from "./loopback.ts";

describe("freePort", () => {
  it("gives the wanted port when nobody has it, and another one when somebody has", async () => {
    const wanted = await freePort(0);
    expect(await freePort(wanted)).toBe(wanted);
    const holder = createServer();
    await listenOnLoopback(holder, wanted);
    const other = await freePort(wanted);
    holder.close();
    expect(other).toBeGreaterThan(0);
    expect(other).not.toBe(wanted);
  });

  it("gives none twice, and none that the system gives to whoever listens at 0", async () => {
    const ports = await Promise.all(Array.from({ length: 100 }, () => freePort(0)));
    expect(new Set(ports).size).toBe(100);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });
});

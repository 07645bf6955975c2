import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { writeConfig, writtenPorts } from "./gate.ts";
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
});

describe("writeConfig", () => {
  it("puts other ports in place of every one that the file is written with", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sallyport-demo-"));
    const file = await writeConfig(directory, { gate: 1, admin: 2, chat: 3 });
    const text = await readFile(file, "utf8");
    await rm(directory, { recursive: true });
    expect([...text.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port)).toEqual([
      "1",
      "2",
      "3",
      "3",
      "3",
    ]);
    for (const port of Object.values(writtenPorts)) expect(text).not.toContain(String(port));
  });
});

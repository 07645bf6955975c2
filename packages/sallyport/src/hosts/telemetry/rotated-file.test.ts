import { mkdtemp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GateEvent } from "../../events.ts";
import { RotatedFile } from "./rotated-file.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sallyport-rotated-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const told: GateEvent[] = [];
const counted: string[] = [];
beforeEach(() => {
  for (const list of [told, counted]) list.splice(0);
});
let onTold = (): void => {};

function rotated(
  more: { readonly most?: number; readonly keep?: number; readonly file?: string } = {},
): RotatedFile {
  const file = more.file ?? join(directory, "events.jsonl");
  return new RotatedFile({
    most: 1000,
    keep: 2,
    ...more,
    file,
    againMs: 5,
    count: (_output, outcome, count) => void counted.push(`${outcome} ${count}`),
    emit: (event) => {
      if (event.type === "gate") told.push(event);
      onTold();
    },
  });
}
/** Resolves when that much was told. */
const untilTold = (count: number): Promise<void> =>
  new Promise((resolve) => {
    onTold = () => void (told.length >= count && resolve());
    onTold();
  });
const read = (name: string): Promise<string> => readFile(join(directory, name), "utf8");

describe("RotatedFile", () => {
  it("appends lines, for its owner alone", async () => {
    const file = rotated();
    file.take("one");
    file.take("two");
    expect(await file.close(2000)).toBe(0);
    const again = rotated();
    again.take("three");
    await again.close(2000);
    expect(await read("events.jsonl")).toBe("one\ntwo\nthree\n");
    const { mode } = await stat(join(directory, "events.jsonl"));
    expect(process.platform === "win32" ? 0o600 : mode & 0o777).toBe(0o600);
  });

  it("begins a new file before one is too large, and keeps as many as it is told", async () => {
    const file = rotated({ most: 100, keep: 2 });
    const lines = Array.from({ length: 40 }, (_, index) => `${String(index).padStart(2, "0")}-2345678`);
    for (const line of lines) file.take(line);
    expect(await file.close(2000)).toBe(0);
    expect((await readdir(directory)).toSorted()).toEqual([
      "events.jsonl",
      "events.jsonl.1",
      "events.jsonl.2",
    ]);
    const kept = (await Promise.all(["events.jsonl.2", "events.jsonl.1", "events.jsonl"].map(read))).join("");
    expect(kept).toBe(
      lines
        .slice(-22)
        .map((line) => `${line}\n`)
        .join(""),
    );
  });

  it("keeps none but the one that it writes where it is told so", async () => {
    const file = rotated({ most: 30, keep: 0 });
    for (let index = 0; index < 10; index++) file.take(`line number ${index}`);
    await file.close(2000);
    expect(await readdir(directory)).toEqual(["events.jsonl"]);
    expect(await read("events.jsonl")).toBe("line number 8\nline number 9\n");
  });

  it("gives a line that is longer than a file one of its own", async () => {
    const file = rotated({ most: 30 });
    file.take("short");
    file.take("x".repeat(50));
    file.take("short");
    await file.close(2000);
    expect((await read("events.jsonl.1")).length).toBe(51);
    expect(await read("events.jsonl")).toBe("short\n");
  });

  it("cuts off half a line that a killed process left", async () => {
    await writeFile(join(directory, "events.jsonl"), "whole\nhalf of a li");
    const file = rotated();
    file.take("next");
    await file.close(2000);
    expect(await read("events.jsonl")).toBe("whole\nnext\n");
  });

  it("tells once that nothing can be written, once that it can again, and loses nothing in between", async () => {
    const place = join(directory, "later");
    const file = rotated({ file: join(place, "events.jsonl") });
    file.take("one");
    await untilTold(1);
    file.take("two");
    await mkdir(place);
    await untilTold(2);
    expect(await file.close(2000)).toBe(0);
    expect(await read("later/events.jsonl")).toBe("one\ntwo\n");
    expect(told.map(({ level, message }) => [level, message])).toEqual([
      ["error", "events are not written"],
      ["info", "events are written again"],
    ]);
    expect(told[0]?.detail).toContain("ENOENT");
  });

  it("holds no more than 8 MiB, and says exactly how many lines were lost", async () => {
    const place = join(directory, "later");
    const file = rotated({ file: join(place, "events.jsonl"), most: 100_000_000 });
    const line = "x".repeat(1024 * 1024 - 1);
    for (let index = 0; index < 11; index++) file.take(line);
    await untilTold(1);
    await mkdir(place);
    await untilTold(3);
    expect(told[2]).toMatchObject({ level: "warn", message: "events were not written" });
    expect(told[2]?.detail).toMatch(/^3 events for /);
    expect(counted.filter((one) => one === "dropped 1")).toHaveLength(3);
    expect(counted).toContain("sent 1");
    expect(await file.close(2000)).toBe(0);
    expect((await stat(join(place, "events.jsonl"))).size).toBe(8 * 1024 * 1024);
  });

  it("says at its end what was not written", async () => {
    const file = rotated({ file: join(directory, "nowhere", "events.jsonl") });
    file.take("one");
    file.take("two");
    await untilTold(1);
    expect(await file.close(2000)).toBe(2);
    file.take("three");
    expect(await file.close(1)).toBe(3);
  });

  it.runIf(process.platform === "linux")("does not end with a full disk", async () => {
    const file = rotated({ file: "/dev/full" });
    file.take("one");
    await untilTold(1);
    expect(told[0]?.detail).toMatch(/^\/dev\/full: /);
    expect(await file.close(2000)).toBe(1);
  });
});

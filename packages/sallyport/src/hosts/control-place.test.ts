import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { controlPlace, isTrusted } from "./control-place.ts";

describe("controlPlace", () => {
  let base: string;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-control-")));
    return () => rmSync(base, { recursive: true });
  });

  function longDirectory(): string {
    const directory = join(base, "x".repeat(100));
    mkdirSync(directory);
    return directory;
  }

  it("is in the directory of the journal, whatever name that was given", () => {
    symlinkSync(base, `${base}.link`);
    expect(controlPlace(base)).toEqual({ path: join(base, "control.sock"), apart: null });
    expect(controlPlace(`${base}.link`)).toEqual(controlPlace(base));
    rmSync(`${base}.link`);
    expect(isTrusted(controlPlace(base), base)).toBe(true);
  });

  it("is apart where that name is too long for a socket, in a directory of the journal's own user alone", () => {
    const directory = longDirectory();
    const place = controlPlace(directory, base);
    expect(place.apart).toMatch(/\/sallyport-[0-9a-f]{32}$/);
    expect(place.path).toBe(join(place.apart ?? "", "control.sock"));
    mkdirSync(place.apart ?? "", { mode: 0o700 });
    expect(isTrusted(place, directory)).toBe(true);
    chmodSync(place.apart ?? "", 0o755);
    expect(isTrusted(place, directory)).toBe(false);
    chmodSync(place.apart ?? "", 0o700);
    rmSync(place.apart ?? "", { recursive: true });
    symlinkSync(directory, place.apart ?? "");
    expect(isTrusted(place, directory)).toBe(false);
  });

  it("refuses two names that are too long, and a directory that is not there", () => {
    const directory = longDirectory();
    expect(() => controlPlace(directory, directory)).toThrow("too long for a socket");
    expect(() => controlPlace(join(base, "nowhere"))).toThrow("ENOENT");
  });
});

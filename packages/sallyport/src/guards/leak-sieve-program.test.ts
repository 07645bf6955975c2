import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { kindsOf, BEFORE, places, rowTables, SIGN } from "./leak-sieve-layout.ts";
import { sieveModule } from "./leak-sieve-program.ts";
import { instantiate } from "./vector-code.ts";

const AT = 0x40;
const made = instantiate(sieveModule(2, AT));
const { l } = made?.functions ?? {};
const memory = new Uint8Array(made?.memory ?? new ArrayBuffer(0));
memory.set(kindsOf(), places.kinds);
memory.set(rowTables(), places.rows);

/** Where signs stand in a text of which so many bytes are looked at, and all are known; `null`: no room for so many. */
function signs(text: string, length: number, room = 10): readonly number[] | null {
  memory.set(Buffer.from(text), places.input + BEFORE);
  const limit = places.words + room * 8;
  const end = l?.(length, text.length, limit, BEFORE) ?? 0;
  if (end === limit) return null;
  const list = new Int32Array(memory.buffer, places.words, (end - places.words) / 4);
  return Array.from({ length: list.length / 2 }, (_, index) => {
    expect(list[2 * index + 1]).toBe(SIGN);
    return (list[2 * index] ?? 0) - BEFORE;
  });
}

describe("sieveModule", () => {
  it("looks at so many bytes, and at what stands beside them", () => {
    expect(signs("a@b", 3)).toEqual([1]);
    expect(signs("a@b c@d", 3)).toEqual([1]);
    expect(signs("a@b", 2)).toEqual([1]);
    expect(signs("a@b", 1)).toEqual([]);
  });

  it("knows nothing of what stood there before", () => {
    signs("a@b c@d e@f", 11);
    expect(signs("a@", 2)).toEqual([]);
    expect(signs("x", 1)).toEqual([]);
  });

  it("says where there is no room for what was seen", () => {
    expect(signs("a@b c@d", 7, 3)).toEqual([1, 5]);
    expect(signs("a@b c@d", 7, 2)).toBeNull();
  });
});

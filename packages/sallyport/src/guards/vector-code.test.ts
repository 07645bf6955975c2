import { describe, expect, it } from "vitest";
import {
  again,
  assemble,
  assembly,
  bytes16,
  call,
  get,
  I32,
  i32,
  I64,
  i64,
  instantiate,
  locals,
  repeat,
  set,
  unsigned,
  V128,
  when,
  type Code,
} from "./vector-code.ts";

function run(body: Code, ...numbers: number[]): number | undefined {
  const module = assemble(1, [{ name: "f", parameters: numbers.length, declared: [], body }]);
  return instantiate(module)?.functions["f"]?.(...numbers);
}

describe("unsigned", () => {
  it("writes seven bits a byte, the lowest first (LEB128)", () => {
    expect([unsigned(0), unsigned(127), unsigned(128), unsigned(624_485)]).toEqual([
      [0],
      [127],
      [0x80, 1],
      [0xe5, 0x8e, 0x26],
    ]);
  });
});

describe("assemble", () => {
  it.each([0, 1, 63, 64, -1, -64, -65, 127, 128, 2 ** 31 - 1, -(2 ** 31)])(
    "writes the number %d",
    (value) => {
      expect(run(i32.of(value))).toBe(value);
      expect(run(i32.wrap(i64.of(BigInt(value))))).toBe(value);
    },
  );

  it("puts operands before what is done with them", () => {
    expect(run(i32.subtract(get(0), i32.multiply(get(1), i32.of(3))), 10, 2)).toBe(4);
    expect(run(i32.isZero(i32.less(get(0), get(1))), 1, 2)).toBe(0);
  });

  it("makes programs with locals, conditions and loops", () => {
    const { at: l, declared } = locals(1, { sum: I32, wide: I64 });
    const body = [
      set(l.wide, i64.of(5n)),
      repeat(
        when(i32.and(get(0), i32.of(1)), set(l.sum, i32.add(get(l.sum), get(0)))),
        set(0, i32.subtract(get(0), i32.of(1))),
        again(get(0)),
      ),
      i32.add(get(l.sum), i32.wrap(get(l.wide))),
    ];
    const made = instantiate(assemble(1, [{ name: "f", parameters: 1, declared, body }]));
    // 1, 3, 5, 7, 9, and the five.
    expect(made?.functions["f"]?.(10)).toBe(30);
  });

  it("reads and writes vectors of the memory, and looks bytes up in them", () => {
    const { declared } = locals(0, { one: V128 });
    const joined = bytes16.join(bytes16.load(i32.of(0), 0), bytes16.load(i32.of(16), 0), 2);
    const body = [
      set(0, bytes16.lookUp(bytes16.load(i32.of(32), 0), joined)),
      bytes16.store(i32.of(48), 0, get(0)),
      bytes16.bits(bytes16.equal(get(0), bytes16.splat(i32.of(115)))),
    ];
    const made = instantiate(assemble(1, [{ name: "f", parameters: 0, declared, body }]));
    const memory = new Uint8Array(made?.memory ?? new ArrayBuffer(0));
    for (let index = 0; index < 16; index++) {
      memory[index] = index;
      memory[16 + index] = index;
      memory[32 + index] = 100 + index;
    }
    // The last two of the first vector, then the second's: 114, 115, 100, 101 and so on.
    expect(made?.functions["f"]?.()).toBe(0b10);
    expect([...memory.subarray(48, 52)]).toEqual([114, 115, 100, 101]);
  });
});

describe("call", () => {
  it("gives another function its parameters, and has what it answers", () => {
    const other = { name: "g", parameters: 2, declared: [], body: i32.subtract(get(0), get(1)) };
    const first = { name: "f", parameters: 1, declared: [], body: call(1, get(0), i32.of(3)) };
    expect(instantiate(assemble(1, [first, other]))?.functions["f"]?.(10)).toBe(7);
  });
});

describe("instantiate", () => {
  const module = assemble(1, [{ name: "f", parameters: 0, declared: [], body: i32.of(1) }]);

  it("makes nothing where the runtime has no WebAssembly, or not what the program needs", () => {
    expect(instantiate(module, null)).toBeNull();
    expect(instantiate(new Uint8Array([1, 2, 3]))).toBeNull();
    expect(assembly).not.toBeNull();
  });
});

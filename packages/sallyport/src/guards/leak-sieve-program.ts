import { AFTER, BEFORE, places } from "./leak-sieve-layout.ts";
import { numberProgram } from "./leak-sieve-numbers-program.ts";
import { markProgram, wordProgram } from "./leak-sieve-words-program.ts";
import {
  assemble,
  bytes16,
  call,
  get,
  i32,
  locals,
  set,
  V128,
  type Code,
  type VectorFunction,
} from "./vector-code.ts";

/** Where functions stand in the module. */
const [MARK, WORDS, NUMBERS] = [0, 1, 2];
/** Zeros behind the bytes that are looked at: all that may be read there, in blocks of two at a time. */
const ZEROS = Math.ceil((AFTER + 32) / 16);

/**
 * `l(length, held, limit, start)`: looks at a chunk of so many bytes, with as many known behind its first as `held` says, from a place in the memory
 * on. Answers where the list of words ends, which is `limit` where there is no room for them.
 */
function wholeProgram(): VectorFunction {
  const [length, held, limit, start] = [0, 1, 2, 3];
  const { at: l, declared } = locals(4, { none: V128 });
  const body: Code = [
    Array.from({ length: ZEROS }, (_, block) =>
      bytes16.store(get(held), places.input + BEFORE + block * 16, get(l.none)),
    ),
    // It answers nothing that counts.
    set(held, call(MARK, get(length), get(start))),
    call(NUMBERS, i32.add(get(length), i32.of(BEFORE)), call(WORDS, get(length), get(limit)), get(limit)),
  ];
  return { name: "l", parameters: 4, declared, body };
}

/** The module of the sieve. @param pages of its memory, 64 KiB each @param sign such as `@`; `null`: none */
export function sieveModule(pages: number, sign: number | null): Uint8Array<ArrayBuffer> {
  return assemble(pages, [markProgram(sign ?? 0), wordProgram(sign), numberProgram(), wholeProgram()]);
}

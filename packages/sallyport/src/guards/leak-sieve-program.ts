import { numberProgram } from "./leak-sieve-numbers-program.ts";
import { markProgram, wordProgram } from "./leak-sieve-words-program.ts";
import { assemble } from "./vector-code.ts";

/** The module of the sieve. @param pages of its memory, 64 KiB each @param sign such as `@`; `null`: none */
export function sieveModule(pages: number, sign: number | null): Uint8Array<ArrayBuffer> {
  return assemble(pages, [markProgram(sign ?? 0), wordProgram(sign), numberProgram()]);
}

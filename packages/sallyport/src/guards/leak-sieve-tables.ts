import { LENGTHS } from "./leak-sieve-layout.ts";
import type { WrittenWord } from "./leak-words.ts";

/** Forms of numbers and codes, as tables by their groups of digits and capitals. */
export interface SieveForms {
  /** By length: what a number of digits alone may begin with, a bit for each digit. */
  readonly alone: Uint16Array;
  /** By length: 1 for a code of digits and capitals. */
  readonly lettered: Uint8Array;
  /** By `beginKey`: 1 where a value begins with these two groups, with bit 1 where it needs a third. */
  readonly begins: Uint8Array;
}

/** Two groups at the beginning of a value, and what separates them, as one number. */
export function beginKey(length: number, separator: number, next: number): number {
  return (length * 4 + separator) * LENGTHS + next;
}

/** What a sieve looks for. */
export interface SieveTables {
  readonly words: readonly WrittenWord[];
  readonly forms: SieveForms;
  /** A byte such as `@` that counts where a letter, a digit or a sign of names stands before, and a letter or a digit behind. `null`: none. */
  readonly sign: number | null;
}

/** What is seen in a message, in the order in which it stands. Each is a reason to look, and no find. */
export interface SieveSights {
  /** A word, by its place in the tables. Its first eight bytes at most were compared, both cases of a letter being one. */
  word(index: number, at: number): void;
  /** A number or a code may begin there. */
  number(at: number): void;
  sign(at: number): void;
  /** The first of two dots with six bytes between them. */
  dots(at: number): void;
}

/** Looks through the bytes of a message for what may be worth a look. */
export interface Sieve {
  look(bytes: Uint8Array, sights: SieveSights): void;
}

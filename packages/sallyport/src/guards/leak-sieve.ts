import { createPlainSieve } from "./leak-sieve-plain.ts";
import type { Sieve, SieveTables } from "./leak-sieve-tables.ts";
import { createVectorSieve } from "./leak-sieve-vectors.ts";
import { assembly, type Assembly } from "./vector-code.ts";

/** Makes a sieve: with vectors of sixteen bytes where the runtime has WebAssembly, byte by byte where it has not. Both see the same. */
export function createSieve(tables: SieveTables, within: Assembly | null = assembly): Sieve {
  return createVectorSieve(tables, within) ?? createPlainSieve(tables);
}

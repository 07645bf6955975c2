import type { Position } from "./located-document.ts";

/** A mistake in a document that an option points to, with everything that is needed to mend it. */
export interface DocumentFault extends Position {
  /** The document's file. */
  readonly file: string;
  /** The place in it, as `#` and a JSON Pointer; empty where there is none. */
  readonly place: string;
  /** What stands there; the whole sentence when `expected` is empty. */
  readonly found: string;
  readonly expected: string;
  /** What to write instead; empty where nothing better than `expected` is known. */
  readonly mend: string;
}

/** Thrown by a guard that cannot be made because of what stands in documents: every mistake at once. */
export class DocumentFaults extends Error {
  readonly faults: readonly DocumentFault[];

  constructor(faults: readonly DocumentFault[]) {
    super(`${faults.length} mistakes in documents`);
    this.name = "DocumentFaults";
    this.faults = faults;
  }
}

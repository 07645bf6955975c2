import { beginMatching } from "./schema-pattern.ts";

/**
 * Entries into schemas that refer to themselves that the checks of one message may make together. Without this a schema with two ways
 * to go on doubles its work with every level of a message. Each entry that fails leaves records of its own behind until the check ends:
 * so many are some ten megabytes.
 */
export const MAX_STEPS = 20_000;

/** Ends a check in the middle: going back through every level would carry all its records along. */
export class TooManySteps extends Error {
  constructor() {
    super("a schema that refers to itself was entered too often");
    this.name = "TooManySteps";
  }
}

let stepsLeft = 0;

/** Begins a message: what all checks of it may do together is counted from here. */
export function beginMessage(): void {
  stepsLeft = MAX_STEPS;
  beginMatching();
}

/** Enters a schema that refers to itself. @throws TooManySteps */
export function takeStep(): void {
  stepsLeft--;
  if (stepsLeft < 0) throw new TooManySteps();
}

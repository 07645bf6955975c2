/** Thrown inside a check: it cannot tell, and why. The scan writes the check down as not tested, never as passed. */
export class NotTestedError extends Error {
  override readonly name: string = "NotTestedError";
}

/** Thrown where the scan has used up what it may take: its time, or its connections. */
export class BudgetError extends NotTestedError {
  override readonly name = "BudgetError";
}

/** Thrown where no connection could be made at all. */
export class NoConnectionError extends NotTestedError {
  override readonly name = "NoConnectionError";
}

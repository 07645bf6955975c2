import type { Exchange } from "./probe/transcript.ts";

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

/** Thrown where a handshake could not be made, since the ticket that it needs was not given. */
export class NoTicketError extends NotTestedError {
  override readonly name = "NoTicketError";
  /** What was asked and answered. */
  readonly exchange: Exchange;
  /** How long who was asked says to wait, in milliseconds; null where it does not. */
  readonly retryMs: number | null;

  constructor(message: string, { exchange, retryMs }: Pick<NoTicketError, "exchange" | "retryMs">) {
    super(message);
    this.exchange = exchange;
    this.retryMs = retryMs;
  }
}

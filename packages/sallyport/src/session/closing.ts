import { errors, type ErrorCode } from "../errors.ts";
import type { Direction } from "../events.ts";
import { closeCode } from "../protocol/close-code.ts";
import type { Side } from "./session-port.ts";

/** How a decision ends a connection. */
export interface Closing {
  /** Whom it is about: the application for what it sent, the client for everything else. */
  readonly offender: Side;
  /** The offender's close code. */
  readonly code: number;
  /** The other side's: 1008 when the client offended, else 1001. */
  readonly bystanderCode: number;
  /** Whether the offender's own Close may still come: a broken stream, or one in the middle of a frame that is too long, cannot carry it. */
  readonly listens: boolean;
}

/** How a connection ends for this reason. @param direction of the message that it is about; `null`: of none */
export function closingFor(errorCode: ErrorCode, direction: Direction | null): Closing {
  const { close, kind } = errors[errorCode];
  const code = close ?? closeCode.policy;
  return {
    offender: direction === "outbound" ? "application" : "client",
    code,
    bystanderCode: direction === "inbound" ? closeCode.policy : closeCode.goingAway,
    listens: kind !== "violation" && code !== closeCode.tooBig,
  };
}

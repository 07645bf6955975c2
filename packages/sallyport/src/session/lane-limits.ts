import type { Guard } from "../guards/guard.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";

/** A route without the `messageSize` guard, which only a test can make, is still bounded: fail closed. */
const UNGUARDED: MessageLimits = {
  maxBytes: 1024 ** 2,
  maxRatio: 100,
  maxFragments: 1024,
  opcodes: "any",
  finishWithinMs: 30_000,
  stream: false,
};

/** The limits of both lanes: those of the guard that sets them, else small ones. */
export function laneLimits(guard: Guard | undefined): { inbound: MessageLimits; outbound: MessageLimits } {
  return guard?.limits ?? { inbound: UNGUARDED, outbound: UNGUARDED };
}

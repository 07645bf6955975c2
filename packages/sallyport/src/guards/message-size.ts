import { z } from "zod";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import type { ConnectionGuard, Guard, GuardDefinition, Message, Mode } from "./guard.ts";
import { pass } from "./guard.ts";
import { aboveZero, mode, size } from "../quantity.ts";

/** Options of `messageSize`. Sizes in bytes, times in milliseconds. */
export interface MessageSizeOptions {
  readonly inbound: number;
  readonly outbound: number;
  readonly ratio: number;
  readonly fragments: number;
  readonly opcodes: "any" | "text" | "binary";
  readonly finishWithin: number;
  readonly stream: boolean;
  readonly mode: Mode;
}

/**
 * Under `observe` a message may be this many times larger than its limit: what is observed must still have a bound, since
 * it is held in memory until it is whole.
 */
const OBSERVED_FACTOR = 16;

const options: z.ZodType<MessageSizeOptions> = z
  .strictObject({
    inbound: size
      .prefault("1MiB")
      .describe("Largest message from the client, in payload bytes over all its fragments, inflated or not."),
    outbound: size
      .prefault("16MiB")
      .describe(
        "Largest message from the application, in payload bytes over all its fragments, inflated or not.",
      ),
    ratio: z
      .int()
      .min(1)
      .max(2 ** 31)
      .default(100)
      .describe(
        "Most bytes that a byte of a compressed message inflates to, beyond the first 64 KiB. Only with `compression: inspect`.",
      ),
    fragments: z
      .int()
      .min(1)
      .max(2 ** 31)
      .default(1024)
      .describe("Most fragments of a message; each 32 payload bytes allow one more."),
    opcodes: z
      .enum(["any", "text", "binary"])
      .default("any")
      .describe("Which kind of message the client may send."),
    finishWithin: aboveZero
      .prefault("30s")
      .describe(
        "Time from the first byte of a frame to its last, and to the next byte of an unfinished message.",
      ),
    stream: z
      .boolean()
      .default(false)
      .describe(
        "Lets the frames of a large message through as they come, instead of holding the message back until it is whole. Not beside guards that read content.",
      ),
    mode,
  })
  .prefault({});

/**
 * Bounds every dimension of a message: bytes, fragments, kind, and the time of a frame (RFC 6455 10.4). The frame parser
 * enforces the limits in this guard's name as soon as a header announces too much, before any payload is waited for. What a
 * compressed message inflates to is bounded by the same bytes, and by their ratio to those that came.
 * Defaults: 1 MiB in, 16 MiB out, because a client's bytes are dearer than the application's own.
 */
export const messageSize: GuardDefinition<MessageSizeOptions> = {
  name: "messageSize",
  phases: ["message"],
  stops: "Messages that are too large, in too many fragments, of the wrong kind, or never finished.",
  options,
  fromOptionsAlone: true,
  create(chosen): Guard {
    const factor = chosen.mode === "observe" ? OBSERVED_FACTOR : 1;
    const limits = (maxBytes: number, opcodes: MessageLimits["opcodes"]): MessageLimits => ({
      maxBytes: maxBytes * factor,
      maxRatio: chosen.ratio * factor,
      maxFragments: chosen.fragments * factor,
      opcodes: chosen.mode === "observe" ? "any" : opcodes,
      finishWithinMs: chosen.finishWithin,
      stream: chosen.stream,
    });
    return {
      name: "messageSize",
      mode: chosen.mode,
      limits: { inbound: limits(chosen.inbound, chosen.opcodes), outbound: limits(chosen.outbound, "any") },
      ...(chosen.mode === "observe" && {
        reads: { inbound: "size", outbound: "size" },
        open: () => observer(chosen),
      }),
    };
  },
};

/** What the parser would have refused, seen once the message is whole. */
function observer(chosen: MessageSizeOptions): ConnectionGuard {
  return {
    message(message: Message) {
      const limit = chosen[message.direction];
      if (message.size > limit) {
        return {
          verdict: "close",
          code: "messageSize.bytes",
          detail: `${message.size} bytes, limit ${limit}`,
        };
      }
      const wrongKind = chosen.opcodes !== "any" && message.opcode !== (chosen.opcodes === "text" ? 1 : 2);
      if (message.direction === "inbound" && wrongKind) {
        return {
          verdict: "close",
          code: "messageSize.opcode",
          detail: `opcode ${message.opcode}, expected ${chosen.opcodes}`,
        };
      }
      return pass;
    },
  };
}

/** Limits of one lane's messages. Each bounds one dimension that a peer can grow (RFC 6455 10.4). */
export interface MessageLimits {
  /** Payload bytes of a message, over all its fragments. The limit itself still passes. */
  readonly maxBytes: number;
  /** Fragments of a message: at most this many, plus one for each 32 payload bytes received so far. */
  readonly maxFragments: number;
  /** Which data messages pass. */
  readonly opcodes: "any" | "text" | "binary";
  /** Milliseconds from the first byte of a message, or of a frame, to its last. */
  readonly finishWithinMs: number;
  /** Frames of a large message go on as they come, vetted one by one. Only where no guard reads content. */
  readonly stream: boolean;
}

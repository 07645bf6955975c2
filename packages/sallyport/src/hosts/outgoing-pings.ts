import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { MAX_CONTROL_BYTES } from "../protocol/frame-parser.ts";

/** Pings that may wait for their pongs at a time. */
export const MAX_PINGS = 8;

/** A ping that was not answered yet. */
interface Outstanding {
  readonly payload: Buffer;
  readonly answer: PromiseWithResolvers<boolean>;
}

/** The application's own pings to a client, which are not answered yet. */
export class OutgoingPings {
  readonly #send: (payload: Uint8Array) => void;
  #outstanding: Outstanding[] = [];

  constructor(send: (payload: Uint8Array) => void) {
    this.#send = send;
  }

  /**
   * Pings. Resolves with `true` when the pong has come. One with the same bytes that is not answered yet is not sent a second time.
   *
   * @throws {RangeError} for more than 125 bytes, and while {@link MAX_PINGS} pings are not answered
   */
  ping(data: string | Uint8Array = randomBytes(8)): Promise<boolean> {
    const payload = Buffer.from(data);
    if (payload.length > MAX_CONTROL_BYTES) throw new RangeError("a ping has at most 125 bytes");
    const same = this.#outstanding.find((other) => other.payload.equals(payload));
    if (same !== undefined) return same.answer.promise;
    if (this.#outstanding.length >= MAX_PINGS)
      throw new RangeError(`${MAX_PINGS} pings are not answered yet`);
    const answer = Promise.withResolvers<boolean>();
    this.#outstanding.push({ payload, answer });
    this.#send(payload);
    return answer.promise;
  }

  /** A pong came. A peer may answer only the latest ping (RFC 6455 5.5.3), which answers all before it; one that nobody asked for answers none. */
  answered(pong: Uint8Array): void {
    const at = this.#outstanding.findIndex(({ payload }) => payload.equals(pong));
    for (const { answer } of this.#outstanding.splice(0, at + 1)) answer.resolve(true);
  }

  /** No pong comes any more. */
  end(): void {
    for (const { answer } of this.#outstanding.splice(0)) answer.resolve(false);
  }
}

import type { DialectFault } from "./dialect.ts";
import { limitFault, syntaxFault } from "./fault.ts";

/** What one direction may send at most. */
export interface MqttFramingLimits {
  /** Bytes of a packet, its header included. */
  readonly packet: number;
  /** Things that one message may say. */
  readonly batch: number;
}

/** The packets that a chunk completes. Valid during the call only. */
export interface MqttPackets {
  readonly packets: readonly Uint8Array[];
  /** Keeps what is not whole yet. */
  commit(): void;
}

const EMPTY = new Uint8Array(0);
/** The least that is set aside for a packet that is not whole yet, in bytes. */
const LEAST_KEPT = 64;

/**
 * Cuts one direction's bytes into MQTT packets: over WebSocket a packet may span messages, and a message may hold several
 * (MQTT 5 6.0). Keeps what is not whole yet, at most `packet` bytes. Time is linear in the bytes, however they are cut.
 */
export class MqttFraming {
  readonly #limits: MqttFramingLimits;
  #kept = EMPTY;
  #length = 0;

  constructor(limits: MqttFramingLimits) {
    this.#limits = limits;
  }

  /** The packets that this chunk completes. Changes nothing. */
  read(chunk: Uint8Array): MqttPackets | DialectFault {
    const total = this.#length + chunk.length;
    const packets: Uint8Array[] = [];
    let at = 0;
    while (at < total) {
      const size = this.#sizeAt(at, chunk);
      if (size === null) break;
      if (size === "malformed") return syntaxFault("a packet whose length cannot be read (MQTT 5 1.5.5)");
      if (size > this.#limits.packet)
        return limitFault(`a packet of ${size} bytes, and \`packet\` is ${this.#limits.packet}`);
      if (at + size > total) break;
      if (packets.length >= this.#limits.batch)
        return limitFault(`more than ${this.#limits.batch} packets in a message (\`batch\`)`);
      packets.push(this.#slice(at, size, chunk));
      at += size;
    }
    return { packets, commit: () => this.#keep(at, chunk) };
  }

  /** Bytes of the packet that begins there; `null`: its length is not there yet. */
  #sizeAt(at: number, chunk: Uint8Array): number | "malformed" | null {
    let remaining = 0;
    for (let digit = 0; digit < 4; digit++) {
      const byte = this.#byteAt(at + 1 + digit, chunk);
      if (byte === undefined) return null;
      remaining += (byte & 0x7f) * 0x80 ** digit;
      if (byte < 0x80) return 2 + digit + remaining;
    }
    return "malformed";
  }

  #byteAt(at: number, chunk: Uint8Array): number | undefined {
    return at < this.#length ? this.#kept[at] : chunk[at - this.#length];
  }

  #slice(at: number, size: number, chunk: Uint8Array): Uint8Array {
    const start = at - this.#length;
    if (start >= 0) return chunk.subarray(start, start + size);
    const joined = new Uint8Array(size);
    joined.set(this.#kept.subarray(0, this.#length));
    joined.set(chunk.subarray(0, size - this.#length), this.#length);
    return joined;
  }

  /** @param done how many bytes, of what was kept and of the chunk, have become packets */
  #keep(done: number, chunk: Uint8Array): void {
    const rest = done === 0 ? chunk : chunk.subarray(done - this.#length);
    const before = done === 0 ? this.#length : 0;
    const length = before + rest.length;
    if (length > this.#kept.length || done > 0) {
      const grown = length === 0 ? EMPTY : new Uint8Array(Math.max(LEAST_KEPT, 2 * length));
      grown.set(this.#kept.subarray(0, before));
      this.#kept = grown;
    }
    this.#kept.set(rest, before);
    this.#length = length;
  }
}

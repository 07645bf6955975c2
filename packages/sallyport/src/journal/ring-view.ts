import { Buffer } from "node:buffer";
import { ENTRY_HEAD_BYTES, entryField } from "./ring-layout.ts";

/** One entry as it stands in the ring: it is valid until the ring is released. */
export interface RingView {
  /** The byte of the ring at which it stands, and its own bytes. */
  readonly at: number;
  readonly length: number;
  readonly kind: number;
  readonly time: number;
  readonly number: number;
  readonly sequence: number;
  readonly size: number;
  readonly flags: number;
  readonly name: number;
  readonly payload: Uint8Array;
  readonly payloadBytes: number;
  /** Copies the payload to a place where there is room for it, without a view of it in between. */
  copyPayload(target: Buffer, at: number): void;
  readonly hasText: boolean;
  readonly text: string;
  /** Whether what it carries stands within it: a producer in this process never makes another. */
  readonly fits: boolean;
}

/** One view for all entries: reading a million of them makes no garbage. */
export class EntryView implements RingView {
  readonly #fields: Int32Array;
  readonly #times: Float64Array;
  readonly #bytes: Buffer;
  #field = 0;

  /** @param data where entries stand, each at a multiple of eight bytes */
  constructor(data: ArrayBufferLike) {
    this.#fields = new Int32Array(data);
    this.#times = new Float64Array(data);
    this.#bytes = Buffer.from(data);
  }

  get at(): number {
    return this.#field * 4;
  }

  get length(): number {
    return this.#word(entryField.length);
  }

  /** Looks at the entry at a byte of the ring; its length. */
  move(at: number): number {
    this.#field = at / 4;
    return this.#word(entryField.length);
  }

  get kind(): number {
    return this.#word(entryField.kind);
  }

  get time(): number {
    return this.#times[this.#field / 2 + 1] ?? 0;
  }

  get number(): number {
    return this.#word(entryField.number);
  }

  get sequence(): number {
    return this.#word(entryField.sequence) >>> 0;
  }

  get size(): number {
    return this.#word(entryField.size) >>> 0;
  }

  get flags(): number {
    return this.#word(entryField.flags);
  }

  get name(): number {
    return this.#word(entryField.name);
  }

  get payload(): Uint8Array {
    const from = this.#field * 4 + ENTRY_HEAD_BYTES;
    return this.#bytes.subarray(from, from + this.#word(entryField.payload));
  }

  get payloadBytes(): number {
    return this.#word(entryField.payload);
  }

  copyPayload(target: Buffer, at: number): void {
    const from = this.#field * 4 + ENTRY_HEAD_BYTES;
    this.#bytes.copy(target, at, from, from + this.#word(entryField.payload));
  }

  get hasText(): boolean {
    return this.#word(entryField.text) > 0;
  }

  get text(): string {
    const from = this.#field * 4 + ENTRY_HEAD_BYTES + this.#word(entryField.payload);
    return this.#bytes.toString("utf8", from, from + this.#word(entryField.text));
  }

  get fits(): boolean {
    const [payload, text] = [this.#word(entryField.payload), this.#word(entryField.text)];
    return payload >= 0 && text >= 0 && ENTRY_HEAD_BYTES + payload + text <= this.length;
  }

  #word(field: number): number {
    return this.#fields[this.#field + field] ?? 0;
  }
}

import { Buffer } from "node:buffer";
import { type BundlePlace, type PayloadKey, sealBundle } from "./payload-bundle.ts";

/** Where the bytes of a payload come from: they are copied from there, and nothing is made of them before. */
export interface PayloadSource {
  readonly payloadBytes: number;
  /** Copies them to a place where there is room for them. */
  copyPayload(target: Buffer, at: number): void;
}

/** What is made for one key is used again for another one in the next block, unless it grew beyond this. */
const KEPT_BYTES = 64 * 1024;
const FIRST_BYTES = 4096;
const ENTRY_BYTES = 8;

/** The payloads of one block, by the key that seals them. */
export class PayloadBundles {
  readonly #growing = new Map<PayloadKey, GrowingBundle>();
  readonly #free: GrowingBundle[] = [];
  #bytes = 0;

  /** Bytes of all contents. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the content of a message. @param position of its record in the block */
  add(key: PayloadKey, position: number, source: PayloadSource): void {
    let bundle = this.#growing.get(key);
    if (bundle === undefined) {
      bundle = this.#free.pop() ?? new GrowingBundle();
      this.#growing.set(key, bundle);
    }
    bundle.add(position, source);
    this.#bytes += source.payloadBytes;
  }

  /** Seals them, each key's for itself. */
  seal(place: BundlePlace): Buffer[] {
    return [...this.#growing].map(([key, bundle]) => sealBundle(bundle, key, place));
  }

  /** Forgets everything that was added. */
  reset(): void {
    for (const bundle of this.#growing.values()) if (bundle.reset()) this.#free.push(bundle);
    this.#growing.clear();
    this.#bytes = 0;
  }
}

/** Payloads under one key, as they come. */
class GrowingBundle {
  #table: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #contents: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get table(): Uint8Array {
    return this.#table.subarray(0, this.#count * ENTRY_BYTES);
  }

  get contents(): Uint8Array {
    return this.#contents.subarray(0, this.#bytes);
  }

  add(position: number, source: PayloadSource): void {
    const entry = this.#count * ENTRY_BYTES;
    const { payloadBytes } = source;
    if (entry === this.#table.length) this.#table = grown(this.#table, entry + ENTRY_BYTES);
    const end = this.#bytes + payloadBytes;
    if (end > this.#contents.length) this.#contents = grown(this.#contents, end);
    this.#table.writeUInt32LE(position, entry);
    this.#table.writeUInt32LE(payloadBytes, entry + 4);
    source.copyPayload(this.#contents, this.#bytes);
    this.#count += 1;
    this.#bytes = end;
  }

  /** Forgets what was added; whether it is worth being kept. */
  reset(): boolean {
    this.#count = 0;
    this.#bytes = 0;
    return this.#table.length + this.#contents.length <= KEPT_BYTES;
  }
}

function grown(bytes: Buffer, atLeast: number): Buffer {
  const more = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, atLeast));
  more.set(bytes);
  return more;
}

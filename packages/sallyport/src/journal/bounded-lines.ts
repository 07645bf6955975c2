import { Buffer } from "node:buffer";

const LINE_FEED = 0x0a;

/** Takes a stream apart into lines of at most so many bytes. Every byte is looked at once, however small the chunks are. */
export class BoundedLines {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that end in a chunk, without their ends; `null` where one is too long: nothing that follows can be read. */
  push(chunk: Uint8Array): string[] | null {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      if (!this.#keep(chunk.subarray(from, end))) return null;
      lines.push(Buffer.concat(this.#parts).toString());
      this.#parts = [];
      this.#bytes = 0;
      from = end + 1;
    }
    return this.#keep(chunk.subarray(from)) ? lines : null;
  }

  #keep(part: Uint8Array): boolean {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) return false;
    if (part.length > 0) this.#parts.push(part);
    return true;
  }
}

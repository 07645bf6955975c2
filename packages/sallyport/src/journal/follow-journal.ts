import { stat } from "node:fs/promises";
import type { JournalReader } from "./journal-reader.ts";
import type { SegmentFile } from "./list-segments.ts";
import { type FoundRecord, type JournalQuery, searchBlock } from "./search-journal.ts";

/** Up to where a journal was read: which segment, and where in it. */
interface Place {
  readonly segment: number;
  readonly offset: number;
}

/** Reads what comes to a journal while it is written. It has no clock: whoever uses it asks again. */
export class JournalFollower {
  readonly #reader: JournalReader;
  readonly #query: JournalQuery;
  #place: Place = { segment: 0, offset: 0 };
  /** The newest segment as it was last seen. */
  #newest = "";

  /** @param query what of it is asked for; the oldest comes first, whatever it says */
  constructor(reader: JournalReader, query: JournalQuery) {
    this.#reader = reader;
    this.#query = { ...query, order: "oldest" };
  }

  /** What came since the last call; at the first, all that is there. A block that is being written comes with the next call. */
  async *next(): AsyncGenerator<FoundRecord> {
    const { segment, offset } = this.#place;
    // Of thousands of segments the newest alone says that nothing came: once it is sealed it has another name.
    const newest = this.#newest === "" ? null : await stat(this.#newest).catch(() => null);
    if (newest?.size === offset) return;
    for (const later of this.#reader.segments())
      if (later.head !== null && later.head.number >= segment) yield* this.#rest(later, later.head.number);
  }

  /** Passes over all that is there. */
  async skip(): Promise<void> {
    const last = this.#reader.segments().at(-1);
    if (last?.head === null || last === undefined) return;
    const opened = await this.#reader.openSegment(last);
    const block = (await opened?.blocks())?.at(-1);
    await opened?.close();
    this.#newest = last.path;
    this.#place = {
      segment: last.head.number,
      offset: block === undefined ? 0 : block.offset + block.bytes,
    };
  }

  async *#rest(segment: SegmentFile, number: number): AsyncGenerator<FoundRecord> {
    const opened = await this.#reader.openSegment(segment);
    if (opened === null) return;
    try {
      this.#newest = segment.path;
      const from = number === this.#place.segment ? this.#place.offset : 0;
      for (const place of await opened.blocks(from)) {
        const read = await opened.read(place);
        this.#place = { segment: number, offset: place.offset + place.bytes };
        if (read !== null) yield* searchBlock(read, this.#query);
      }
    } finally {
      await opened.close();
    }
  }
}

import type { JournalReader } from "../../journal/journal-reader.ts";
import {
  type FoundRecord,
  type JournalQuery,
  type SearchedBlocks,
  searchJournal,
} from "../../journal/search-journal.ts";
import type { Terminal } from "../terminal.ts";
import { LineOutput } from "./line-output.ts";
import { ProgressLine } from "./progress-line.ts";

/** What is done with each record that is found. */
export interface StreamOptions {
  readonly query: JournalQuery;
  /** What is written of it: whole lines. */
  readonly lineOf: (found: FoundRecord) => string;
  /** Records at most. Default: all. */
  readonly limit?: number;
}

/** What came of it. */
export interface Streamed {
  readonly found: number;
  readonly blocks: SearchedBlocks;
  readonly seconds: number;
  /** Whoever read it has gone, such as `head`. */
  readonly isCut: boolean;
}

/** Writes what is found as it is found, with a line of progress where somebody watches. */
export async function streamRecords(
  reader: JournalReader,
  { query, lineOf, limit = Infinity }: StreamOptions,
  terminal: Terminal,
): Promise<Streamed> {
  const startedAt = performance.now();
  const progress = new ProgressLine(terminal);
  const output = new LineOutput(terminal, () => progress.clear());
  let found = 0;
  let blocks: SearchedBlocks = { read: 0, skipped: 0 };
  let isCut = false;
  const onProgress = (segments: number, of: number, searched: SearchedBlocks): void => {
    blocks = searched;
    progress.show(() => `${segments} of ${of} segments, ${describeBlocks(searched)}, ${found} found`);
  };
  for await (const record of searchJournal(reader, { ...query, onProgress })) {
    found += 1;
    isCut = !(await output.write(lineOf(record)));
    if (isCut || found >= limit) break;
  }
  isCut = !(await output.flush());
  progress.clear();
  return { found, blocks, seconds: (performance.now() - startedAt) / 1000, isCut };
}

/** Such as `3 of 40 blocks read, 37 skipped by index`. */
export function describeBlocks({ read, skipped }: SearchedBlocks): string {
  return `${read} of ${read + skipped} blocks read, ${skipped} skipped by index`;
}

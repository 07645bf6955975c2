/** What the two ends of a ring share: memory, and the numbers that say how much of it is in use. */
export interface RingMemory {
  /** Entries, one behind the other; its size is a power of two. */
  readonly data: SharedArrayBuffer;
  /** See `ringWord`. */
  readonly words: SharedArrayBuffer;
}

/** Room in a ring, bytes, where nothing else is asked for. */
export const RING_BYTES: number = 8 * 1024 * 1024;
/** The most of one payload that is put into it, bytes, where nothing else is asked for. */
export const PAYLOAD_BYTES: number = 1024 * 1024;

/** What stands in the shared words. Positions count bytes from the start, modulo 2^32. */
export const ringWord = {
  /** Where the producer writes next. */
  head: 0,
  /** Where the consumer reads next: what is before it is done with, and durable. */
  tail: 1,
  /** What the consumer does: one of `consumerState`. */
  state: 2,
  /** Changes whenever the consumer is to look; it sleeps on it. */
  bell: 3,
  /** The position up to which somebody waits. */
  wanted: 4,
  /** Not zero: the consumer is to seal, and end, when it has read everything. */
  closing: 5,
  /** One of `writingState`: of a block with what is before the position `writingTo`, as the frame `writingFrame` (modulo 2^32). */
  writing: 6,
  writingTo: 7,
  writingFrame: 8,
} as const;

/** What became of the block that was begun last, for a consumer that takes the place of one that died. */
export const writingState = {
  /** It was given back. */
  none: 0,
  /** It may be on the disk, or not. */
  begun: 1,
  /** It was found there. */
  found: 2,
} as const;

/** What the consumer does now. */
export const consumerState = {
  works: 0,
  /** It has nothing, and wants to be woken by the first entry. */
  asleep: 1,
  /** It has something, and lets more come together before it writes. */
  gathers: 2,
} as const;

/** What an entry is. */
export const entryKind = {
  /** Nothing: the next one is at the start of the ring. */
  wrap: 0,
  message: 1,
  event: 2,
  session: 3,
  sessionEnd: 4,
  name: 5,
  /** A person whose payload keys are to be destroyed. */
  erase: 6,
  /** Other keys of the journal are in use from here on; its text is the note of that. */
  rotate: 7,
} as const;

/** Where the fields of an entry stand, in words of four bytes. */
export const entryField = {
  /** Bytes of the whole entry, a multiple of eight. */
  length: 0,
  kind: 1,
  /** Eight bytes. */
  time: 2,
  /** Number of a session, or of a name. */
  number: 4,
  sequence: 5,
  size: 6,
  flags: 7,
  /** Number of a message's name; 0: none. */
  name: 8,
  /** Bytes of the payload, which stands behind the fields; then the bytes of a text. */
  payload: 9,
  text: 10,
} as const;

/** Bytes of the fields. */
export const ENTRY_HEAD_BYTES = 48;

/** Makes the memory of a ring. @param bytes a power of two, from 64 KiB to 64 MiB */
export function createRingMemory(bytes: number): RingMemory {
  const power = Number.isSafeInteger(bytes) && (bytes & (bytes - 1)) === 0;
  if (!power || bytes < 64 * 1024 || bytes > 64 * 1024 * 1024)
    throw new RangeError("a ring has a power of two of bytes, from 64 KiB to 64 MiB");
  return { data: new SharedArrayBuffer(bytes), words: new SharedArrayBuffer(64) };
}

/** How far one position is behind another. */
export function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}

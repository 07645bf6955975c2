import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { Emit } from "../events.ts";

/** Bytes in use, and how many may be. */
export interface MemoryReading {
  /** For the operator: `heap` or `resident`. */
  readonly what: string;
  readonly used: number;
  readonly limit: number;
}

/** Knows whether the process has nearly used up its memory. */
export interface MemoryWatch {
  /**
   * What is short, for the operator; `null` while there is enough. Looks at most four times a second.
   *
   * @param now monotonic milliseconds
   */
  shortage(now: number): string | null;
}

/** New connections are refused from here: what is open needs the rest to go on, and V8 collects ever harder below it. */
const FULL = 0.9;
/** And taken again from here, so that the gate does not change its mind with every connection. */
const ENOUGH = 0.85;
/** A look takes some 60 µs. */
const LOOK_EVERY_MS = 250;

/**
 * The process's own readings: the heap against V8's limit (`--max-old-space-size`), and resident memory, which buffers
 * outside the heap are in, against the limit of the control group or, without one, the machine's.
 */
export function processMemory(): readonly MemoryReading[] {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  const machine = totalmem();
  // 0 or a number beyond all memory: no limit.
  const constrained = process.constrainedMemory();
  const resident = constrained > 0 ? Math.min(constrained, machine) : machine;
  return [
    { what: "heap", used, limit },
    { what: "resident", used: process.memoryUsage.rss(), limit: resident },
  ];
}

/**
 * Makes the watch of a gate. It tells the beginning and the end of a shortage once; who is refused in it is told as any
 * other refusal.
 */
export function createMemoryWatch(
  emit: Emit,
  read: () => readonly MemoryReading[] = processMemory,
): MemoryWatch {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let shortage: string | null = null;
  const look = (): void => {
    const bound = shortage === null ? FULL : ENOUGH;
    const short = read().find(({ used, limit }) => used >= limit * bound);
    const before = shortage;
    shortage = short === undefined ? null : describe(short);
    if (before === null && shortage !== null)
      emit({
        type: "gate",
        level: "error",
        message: "new connections are refused for want of memory",
        detail: shortage,
      });
    if (before !== null && shortage === null)
      emit({ type: "gate", level: "info", message: "there is memory for new connections again" });
  };
  return {
    shortage(now) {
      if (now - lookedAt >= LOOK_EVERY_MS) {
        lookedAt = now;
        look();
      }
      return shortage;
    },
  };
}

function describe({ what, used, limit }: MemoryReading): string {
  return `${what} memory: ${mebibytes(used)} of ${mebibytes(limit)} MiB`;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / (1024 * 1024));
}

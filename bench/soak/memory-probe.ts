import { writeHeapSnapshot } from "node:v8";

// Loaded into the soaked gateway beside its own code, so that the product needs no switch for it: answers the soak's questions
// about memory over the channel to its parent.

/** What the gateway says of its memory, in bytes, after a collection. */
export interface HeldMemory {
  /** Live objects. */
  readonly heapUsed: number;
  /** What the heap has taken from the system. */
  readonly heapTotal: number;
  /** Outside the heap and held by objects in it, the buffers among it. */
  readonly external: number;
  readonly arrayBuffers: number;
}

/** `memory`, or `snapshot` and where to write it. */
export type MemoryQuestion = readonly ["memory"] | readonly ["snapshot", string];

function answer([kind, file]: MemoryQuestion): HeldMemory {
  globalThis.gc?.();
  if (kind === "snapshot") writeHeapSnapshot(file);
  const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
  return { heapUsed, heapTotal, external, arrayBuffers };
}

process.on("message", (question: MemoryQuestion) => process.send?.(answer(question)));
// The gateway ends when it is told to, and is not kept by being asked.
process.channel?.unref();

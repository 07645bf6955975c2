/** Memory that is written again soon, whoever looks at it: who wants to keep what stands there copies it. */
export const reusedMemory: WeakSet<ArrayBufferLike> = new WeakSet();

import { MAX_REFUSAL_BODY_BYTES } from "./application.ts";
import type { AttachedSocket } from "./attached-socket.ts";

/**
 * What the application still writes of an answer that is no switch, until it ends its socket, has written more than is
 * passed on, or its time is over.
 */
export async function* remainingAnswer(
  socket: AttachedSocket,
  rest: Uint8Array,
  withinMs: number,
): AsyncGenerator<Uint8Array> {
  yield rest;
  const pieces: Uint8Array[] = [];
  let size = rest.length;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, withinMs);
  socket.wire.bind({
    data: (piece) => {
      size += piece.length;
      pieces.push(piece);
      if (size <= MAX_REFUSAL_BODY_BYTES) return;
      // At once: an application that writes on in the callback of each write would let nothing else happen.
      socket.wire.setReading(false);
      resolve();
    },
    drained: () => {},
    ended: resolve,
    gone: resolve,
  });
  socket.wire.setReading(true);
  await promise;
  clearTimeout(timer);
  socket.destroy();
  yield* pieces;
}

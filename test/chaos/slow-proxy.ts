import { once } from "node:events";
import { connect, createServer } from "node:net";

import type { Undo } from "./undo.ts";

/** Stands before an engine, and lets its answers wait. */
export interface SlowProxy {
  readonly port: number;
  /** From now on each answer waits for so long, milliseconds. */
  slowDown(ms: number): void;
}

/** Starts one on loopback. It delays what the engine says, in order, and loses nothing. */
export async function startSlowProxy(enginePort: number, undo: Undo): Promise<SlowProxy> {
  let delayMs = 0;
  const server = createServer((near) => {
    const far = connect(enginePort, "127.0.0.1");
    let lastAt = 0;
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
    near.pipe(far);
    far.on("data", (chunk: Buffer) => {
      // What came later never overtakes.
      lastAt = Math.max(lastAt, performance.now() + delayMs);
      setTimeout(() => near.destroyed || near.write(chunk), Math.max(0, lastAt - performance.now()));
    });
    undo.later(end);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.later(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, slowDown: (ms) => void (delayMs = ms) };
}

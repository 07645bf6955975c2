import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import type { SpecimenServer } from "./specimen.ts";

/** A thread that listens, and then stands still: nothing that comes is accepted any more. */
const PROGRAM = `
const { createServer } = require("node:net");
const { parentPort } = require("node:worker_threads");
const server = createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});`;

/** Connections that fill the queue of the kernel: one more than its length, and some to spare. */
const FILLING = 8;

/** A server at which connecting hangs: nobody accepts, and the queue of those who wait is full. */
export async function startBlocked(): Promise<SpecimenServer> {
  const worker = new Worker(PROGRAM, { eval: true });
  const [port]: readonly number[] = await once(worker, "message");
  const waiting: Socket[] = [];
  let queued = 1;
  while (waiting.length < FILLING && queued > 0) {
    const socket = connect({ port: port ?? 0, host: "127.0.0.1" }).on("error", () => undefined);
    waiting.push(socket);
    // Who is not queued at once hangs, as the next will.
    queued = await Promise.race([
      once(socket, "connect").then(() => 1),
      new Promise<number>((resolve) => {
        setTimeout(resolve, 300, 0);
      }),
    ]);
  }
  return {
    url: `ws://127.0.0.1:${port}/`,
    close: async () => {
      for (const socket of waiting) socket.destroy();
      await worker.terminate();
    },
  };
}

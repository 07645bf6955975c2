import { Worker } from "node:worker_threads";
import type { WorkProgress } from "../../hosts/dashboard/policy-message.ts";
import { type Calls, connectCalls } from "../../state/calls.ts";
import type { DeskCalls, DeskTold } from "./desk-calls.ts";

/** A thread in which a journal is read. */
export interface DeskThread {
  readonly calls: Calls<DeskCalls>;
  /** Ends it at once, whatever it does: what was asked rejects. */
  end(): void;
}

/** Of its own heap, MiB: a reading that needs more ends with its thread, and nothing else does. */
const MOST_HEAP_MIB = 512;

/** Starts a thread that reads. @param onProgress is told how far a work is @param onEnd it has ended, for whatever reason */
export function startDeskThread(onProgress: (progress: WorkProgress) => void, onEnd: () => void): DeskThread {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./desk-worker.${extension}`, import.meta.url), {
    name: "sallyport desk",
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB },
  });
  // The gate ends when its sockets do.
  worker.unref();
  const told: DeskTold = { progress: onProgress };
  const calls = connectCalls<DeskCalls>(
    {
      send: (message) => worker.postMessage(message, []),
      receive: (listener) => void worker.on("message", listener),
    },
    told,
  );
  const ended = (): void => {
    calls.end();
    onEnd();
  };
  // What it died of is what the calls say that it did not answer.
  worker.once("error", ended);
  worker.once("exit", ended);
  return {
    calls,
    end() {
      ended();
      void worker.terminate();
    },
  };
}

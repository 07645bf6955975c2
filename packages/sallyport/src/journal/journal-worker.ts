import { MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Keyring } from "./journal-keys.ts";
import { runJournalThread, type ThreadOrder } from "./journal-thread.ts";

const order: ThreadOrder = workerData;
if (!(parentPort instanceof MessagePort)) throw new Error("this is the thread of a journal");
const port: MessagePort = parentPort;
runJournalThread(order, {
  report: (report) => port.postMessage(report, []),
  // Only keys are sent to it, and never more than entries of the ring tell of.
  takeKeyring: () => {
    const received: { readonly message: Keyring } | undefined = receiveMessageOnPort(port);
    return received?.message ?? null;
  },
});

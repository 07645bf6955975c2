import { MessagePort, parentPort, workerData } from "node:worker_threads";
import { runJournalThread, type ThreadOrder } from "./journal-thread.ts";

const order: ThreadOrder = workerData;
if (!(parentPort instanceof MessagePort)) throw new Error("this is the thread of a journal");
const port: MessagePort = parentPort;
runJournalThread(order, (report) => port.postMessage(report, []));

import { MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { type GivenKeyring, takeGiven } from "./given-keyrings.ts";
import { runJournalThread, type ThreadOrder } from "./journal-thread.ts";

const order: ThreadOrder = workerData;
if (!(parentPort instanceof MessagePort)) throw new Error("this is the thread of a journal");
const port: MessagePort = parentPort;
const given: GivenKeyring[] = [...(order.given ?? [])];
runJournalThread(order, {
  report: (report) => port.postMessage(report, []),
  takeKeyring(number) {
    // Only keys are sent to it.
    for (
      let received = receiveMessageOnPort(port);
      received !== undefined;
      received = receiveMessageOnPort(port)
    )
      given.push(received.message);
    return takeGiven(given, number);
  },
});

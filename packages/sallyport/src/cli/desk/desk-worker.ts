import { parentPort } from "node:worker_threads";
import { connectCalls } from "../../state/calls.ts";
import { answerDesk, type DeskTold } from "./desk-calls.ts";

if (parentPort === null) throw new Error("this is the thread that reads a journal");
const port = parentPort;
const { tell } = connectCalls<DeskTold>(
  {
    send: (message) => port.postMessage(message, []),
    receive: (listener) => void port.on("message", listener),
  },
  answerDesk((progress) => tell("progress", progress)),
);

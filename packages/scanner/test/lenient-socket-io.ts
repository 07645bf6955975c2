import { opcodes } from "../src/probe/frame.ts";
import type { ReceivedFrame } from "../src/probe/frame-reader.ts";
import type { SpecimenServer } from "./specimen.ts";
import { type NaiveConnection, startNaive } from "./start-naive.ts";

/** Starts a naive server that speaks Socket.IO; its URL is the one that clients of Socket.IO use. */
export async function startLenientSocketIo(): Promise<SpecimenServer> {
  const server = await startNaive({ onFrame: lenientSocketIo, onOpen: greetAsSocketIo });
  return { ...server, url: `${server.url}socket.io/?EIO=4&transport=websocket` };
}

/** Greets as Engine.IO does. */
function greetAsSocketIo({ send }: NaiveConnection): void {
  send({ opcode: "text", payload: '0{"sid":"one","upgrades":[],"pingInterval":25000,"pingTimeout":20000}' });
}

/** Answers as Socket.IO did before it looked at packets: it connects, takes everything, and throws an event named error, or named by an object. */
function lenientSocketIo({ opcode, payload }: ReceivedFrame, { send, die }: NaiveConnection): boolean {
  if (opcode !== opcodes.text && opcode !== opcodes.binary) return false;
  const text = payload.toString("utf8");
  if (text === "40") send({ opcode: "text", payload: '40{"sid":"two"}' });
  if (text.startsWith('42["error"') || text.startsWith('42[{"toString"')) die();
  return true;
}

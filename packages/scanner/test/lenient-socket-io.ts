import { opcodes } from "../src/probe/frame.ts";
import type { ReceivedFrame } from "../src/probe/frame-reader.ts";
import type { NaiveConnection } from "./start-naive.ts";

/** Greets as Engine.IO does. */
export function greetAsSocketIo({ send }: NaiveConnection): void {
  send({ opcode: "text", payload: '0{"sid":"one","upgrades":[],"pingInterval":25000,"pingTimeout":20000}' });
}

/** Answers as Socket.IO did before it looked at packets: it connects, takes everything, and throws an event named error, or named by an object. */
export function lenientSocketIo({ opcode, payload }: ReceivedFrame, { send, die }: NaiveConnection): boolean {
  if (opcode !== opcodes.text && opcode !== opcodes.binary) return false;
  const text = payload.toString("utf8");
  if (text === "40") send({ opcode: "text", payload: '40{"sid":"two"}' });
  if (text.startsWith('42["error"') || text.startsWith('42[{"toString"')) die();
  return true;
}

import { opcodes } from "../probe/frame.ts";
import type { ReceivedFrame } from "../probe/frame-reader.ts";

/** What Engine.IO, Socket.IO, SockJS and the protocols of GraphQL ask to see whether somebody is still there. */
const HEARTBEAT = /^(?:2|h|\{"type":"(?:ping|ka)".{0,200}\})$/s;
/** What they say to whoever opens a connection: that it is open, and by which number. */
const OPENED = /^(?:0\{"sid":.{0,500}\}|40(?:\{"sid":.{0,200}\})?|o|\{"type":"connection_ack".{0,200}\})$/s;

/** Whether a frame asks for a sign of life: a ping, or a message that is one in its protocol. Who does not answer is ended later. */
export function isHeartbeat({ opcode, payload }: ReceivedFrame): boolean {
  return opcode === opcodes.ping || (opcode === opcodes.text && HEARTBEAT.test(payload.toString("utf8")));
}

/** Whether a message is the application's, and not what a protocol says to whoever connects. */
export function isData(received: ReceivedFrame): boolean {
  const { opcode, payload } = received;
  if (opcode === opcodes.binary) return true;
  return opcode === opcodes.text && !isHeartbeat(received) && !OPENED.test(payload.toString("utf8"));
}

import { Buffer } from "node:buffer";
import type { Direction } from "../src/events.ts";
import type { Message } from "../src/guards/guard.ts";
import { LaneMessage } from "../src/session/lane-message.ts";

/** A whole message as a lane shows it: a text from the client, unless `parts` says otherwise. */
export function messageFixture(
  text: string,
  { direction = "inbound", opcode = 1 }: { readonly direction?: Direction; readonly opcode?: number } = {},
): Message {
  const payload = Buffer.from(text);
  const message = new LaneMessage(direction);
  message.fill(opcode, payload.length, payload);
  return message;
}
